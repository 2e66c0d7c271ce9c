import { render } from "preact";
import { startEngine } from "./engine/client.ts";
import { App } from "./ui/app.tsx";
import { Session } from "./ui/session.ts";
import "./ui/styles/base.css";
import "./ui/styles/frame.css";
import "./ui/styles/start.css";
import "./ui/styles/work.css";
import "./ui/styles/stage.css";
import "./ui/styles/hints.css";

render(<App session={new Session(startEngine)} />, document.getElementById("app")!);
