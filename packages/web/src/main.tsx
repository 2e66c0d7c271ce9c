import { render } from "preact";
import { startEngine } from "./engine/client.ts";
import { startOffline } from "./offline.ts";
import { App } from "./ui/app.tsx";
import { Session } from "./ui/session.ts";
import "./ui/styles/base.css";
import "./ui/styles/frame.css";
import "./ui/styles/start.css";
import "./ui/styles/work.css";
import "./ui/styles/stage.css";
import "./ui/styles/hints.css";

const session = new Session(startEngine);
render(<App session={session} />, document.getElementById("app")!);
startOffline(session.ready);
