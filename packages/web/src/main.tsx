import { render } from "preact";
import { startOffline } from "./offline.ts";
import { App, ready } from "./ui/app.tsx";

render(<App />, document.getElementById("app")!);
startOffline(ready);
