import { render } from "preact";

import { keepListening } from "./api/events";
import { App } from "./app";
import "./style/base.css";
import "./style/parts.css";
import "./style/views.css";
import "./style/ladder.css";

void keepListening();
const root = document.getElementById("page");
if (root) {
  root.textContent = "";
  render(<App />, root);
}
