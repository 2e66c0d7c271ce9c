import { render } from "preact";
import { startEngine } from "./engine/client.ts";
import { startOffline } from "./offline.ts";
import { App } from "./ui/app.tsx";
import { watchLaunches } from "./ui/files/launch.ts";
import { Session } from "./ui/session/index.ts";
import "./ui/styles/base.css";
import "./ui/styles/frame.css";
import "./ui/styles/start.css";
import "./ui/styles/work.css";
import "./ui/styles/stage.css";
import "./ui/styles/hints.css";

const session = new Session(startEngine);
const offline = startOffline(session.ready);
watchLaunches((files) => void session.add(files));
render(<App session={session} offline={offline} />, document.getElementById("app")!);
