import { useRef, useState } from "preact/hooks";
import { startEngine } from "../engine/client.ts";

const engine = startEngine(() => {});
export const ready = engine.load({ webgpu: false });

export function App() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [state, setState] = useState("Choose a photo.");
  async function colour(file: File) {
    setState("Colouring …");
    await ready;
    const { width, height } = await engine.open(1, file, 1600);
    await engine.predict(1);
    const bitmap = await engine.preview(1, { saturation: 1, hints: [] });
    canvas.current!.width = bitmap.width;
    canvas.current!.height = bitmap.height;
    canvas.current!.getContext("2d")!.drawImage(bitmap, 0, 0);
    setState(`Done: ${width} x ${height}`);
  }
  return (
    <main>
      <h1>Autochrome</h1>
      <input
        type="file"
        aria-label="Photo"
        onChange={(event) => event.currentTarget.files?.[0] && colour(event.currentTarget.files[0])}
      />
      <p role="status">{state}</p>
      <canvas ref={canvas} />
    </main>
  );
}
