import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { isLoopback, isOwnHost } from "./hosts.ts";

describe("isLoopback", () => {
  it.each(["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])("%s is", (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(["0.0.0.0", "192.168.1.2", "127.evil.example", "::", "example.org"])("%s is not", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe("isOwnHost", () => {
  it.each(["127.0.0.1:8123", "localhost:8123", "[::1]:8123", "LOCALHOST"])("on loopback, %s is", (header) => {
    expect(isOwnHost(header, "127.0.0.1")).toBe(true);
  });
  it.each([
    undefined,
    "",
    "evil.example",
    "evil.example:8123",
    "127.0.0.1.evil.example",
    "192.168.1.2:8123",
    "a b",
  ])("on loopback, %s is not", (header) => {
    expect(isOwnHost(header, "127.0.0.1")).toBe(false);
  });
  it("elsewhere, addresses and the machine's name are, other names are not", () => {
    for (const header of [
      "192.168.1.2:8123",
      "[fe80::1]:80",
      hostname(),
      `${hostname()}.local:8123`,
      "localhost",
    ]) {
      expect(isOwnHost(header, "0.0.0.0")).toBe(true);
    }
    expect(isOwnHost("evil.example:8123", "0.0.0.0")).toBe(false);
  });
  it("names that were allowed are, with any port, and no others", () => {
    const names = ["photos.example"];
    expect(isOwnHost("photos.example", "127.0.0.1", names)).toBe(true);
    expect(isOwnHost("Photos.Example:443", "0.0.0.0", names)).toBe(true);
    expect(isOwnHost("evil.photos.example", "127.0.0.1", names)).toBe(false);
  });
});
