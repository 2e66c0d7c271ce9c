import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import {
  availableProviders,
  type BackendStats,
  DEVICES,
  type Device,
  type DeviceReport,
  inspectDevice,
  inspectDevices,
  type NamedDevice,
  registerOnnxRuntime,
} from "tfjs-onnxruntime";
import { describe, expect, it } from "vitest";
import { probe } from "../src/device-probe.ts";
import type { Runtime } from "../src/runtime/runtime.ts";
import { nodeRuntime } from "../src/runtime/session.ts";

/** A device that no build for this platform has. */
const ABSENT: NamedDevice = process.platform === "darwin" ? "dml" : "coreml";

describe("device", () => {
  it("cpu is always usable, and says so", async () => {
    const backend = await registerOnnxRuntime({ device: "cpu", threads: 1 });
    expect(backend.device()).toBe("cpu");
    expect([...(await tf.add(tf.tensor1d([1, 2]), 1).data())]).toEqual([2, 3]);
    expect(backend.stats().runsPartlyOnCpu).toBe(0);
  });

  it("auto is one that passes", async () => {
    const backend = await registerOnnxRuntime({ device: "auto", threads: 1 });
    const report = inspectDevice(backend.device() as NamedDevice);
    expect(report).toMatchObject({ usable: true, software: false });
  });

  it("that this build lacks is an error that says where it is and what is here", async () => {
    const before = tf.backend();
    const failing = registerOnnxRuntime({ device: ABSENT });
    await expect(failing).rejects.toThrow(`The device "${ABSENT}" cannot be used: ONNX Runtime's build for `);
    await expect(failing).rejects.toThrow(/those for \w+ do\. Usable on this machine: cpu/);
    expect(tf.backend()).toBe(before);
  });

  it("that is unknown, or given beside executionProviders, is an error", async () => {
    await expect(registerOnnxRuntime({ device: "gpu" as Device })).rejects.toThrow(
      'Unknown device "gpu": it must be one of auto, cpu, cuda, webgpu, coreml, dml.',
    );
    await expect(registerOnnxRuntime({ device: "cpu", executionProviders: ["cpu"] })).rejects.toThrow(
      /give one of them/,
    );
    await expect(registerOnnxRuntime({ executionProviders: ["gpu"] })).rejects.toThrow(/not part of this/);
  });

  it("reports name every device, and a reason for each that cannot be used", () => {
    const reports = inspectDevices();
    expect(reports.map(({ device }) => device)).toEqual(DEVICES.filter((device) => device !== "auto"));
    for (const { device, usable, detail } of reports) {
      expect(detail).not.toBe("");
      if (usable) expect(availableProviders()).toContain(device);
    }
  });
});

/** The cpu with its results changed on their way out. */
function distorted(change: (value: number, index: number) => number): Runtime {
  return {
    ...nodeRuntime,
    createSession(model, options) {
      const session = nodeRuntime.createSession(model, { ...options, strict: false });
      return {
        run(feeds, fetches) {
          session.run(feeds, fetches);
          const y = fetches.y!.data as Float32Array;
          y.set(y.map(change));
        },
        endProfiling: () => session.endProfiling(),
        dispose: () => session.dispose(),
      };
    },
  };
}

describe("the probe", () => {
  it("accepts right numbers, and those of a few bits less", () => {
    expect(() => probe(nodeRuntime, "cpu")).not.toThrow();
    expect(() =>
      probe(
        distorted((value) => value * (1 + 2 ** -11)),
        "cpu",
      ),
    ).not.toThrow();
  });

  it("refuses numbers that overflow in half precision, and wrong ones", () => {
    const half = (value: number) => (Math.abs(value) < 65520 ? value : Math.sign(value) * Infinity);
    expect(() => probe(distorted(half), "cpu")).toThrow(/wrong numbers/);
    expect(() =>
      probe(
        distorted((value, i) => (i === 100 ? -value : value)),
        "cpu",
      ),
    ).toThrow(/wrong numbers/);
    expect(() =>
      probe(
        distorted(() => 0),
        "cpu",
      ),
    ).toThrow(/wrong numbers/);
    expect(() =>
      probe(
        distorted(() => Number.NaN),
        "cpu",
      ),
    ).toThrow(/wrong numbers/);
  });
});

/** What the program prints of each device. */
interface Run {
  device: string;
  losses: number[];
  stats: BackendStats;
  hard: number[];
  fallbacks: Record<string, number>;
}

/** Chromium's packages bring a Vulkan driver in software, and a loader. */
const CHROMIUM = "/usr/lib/chromium";
const SOFTWARE_DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`;

describe("webgpu", () => {
  it("trains as the cpu does, with nothing left to the cpu", (context) => {
    const program = fileURLToPath(new URL("cases/webgpu-training.ts", import.meta.url));
    const environment = existsSync(SOFTWARE_DRIVER)
      ? { VK_ICD_FILENAMES: SOFTWARE_DRIVER, LD_LIBRARY_PATH: CHROMIUM }
      : {};
    const child = spawnSync(process.execPath, ["--import", "tsx", "--conditions=development", program], {
      encoding: "utf8",
      env: { ...process.env, ...environment },
    });
    expect(child.status, child.stderr).toBe(0);
    const { report, runs, auto } = JSON.parse(child.stdout) as {
      report: DeviceReport;
      runs: Run[];
      auto: string;
    };
    if (!report.usable) return context.skip(`no WebGPU on this machine: ${report.detail}`);
    if (report.software) expect(auto).toBe("cpu");
    const [cpu, webgpu] = runs;
    expect(webgpu!.device).toBe("webgpu");
    expect(webgpu!.stats).toMatchObject({ runsPartlyOnCpu: 0, fallbacks: {} });
    expect(webgpu!.losses.at(-1)!).toBeLessThan(webgpu!.losses[0]!);
    webgpu!.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(cpu!.losses[i]!, 5);
    });
    webgpu!.hard.forEach((sum, i) => {
      expect(sum).toBeCloseTo(cpu!.hard[i]!, 5);
    });
    expect(Object.keys(webgpu!.fallbacks).sort()).toEqual([
      "DepthwiseConv2dNativeBackpropInput",
      "MaxPoolGrad",
      "StridedSlice",
    ]);
  });
});
