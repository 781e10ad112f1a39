import { useEffect, useState } from "preact/hooks";

import { Store, useStore } from "../store";
import { Icon } from "./icons";

type Theme = "light" | "dark";
const key = "vialens-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

const stored = localStorage.getItem(key);
const chosen = new Store<Theme | null>(stored === "light" || stored === "dark" ? stored : null);

function apply(theme: Theme | null): void {
  if (theme) document.documentElement.dataset["theme"] = theme;
  else delete document.documentElement.dataset["theme"];
}
apply(chosen.value);

/** What is in force: the person's choice, or else that of the system. */
export function useTheme(): Theme {
  const choice = useStore(chosen);
  const [dark, setDark] = useState(system.matches);
  useEffect(() => {
    const changed = () => setDark(system.matches);
    system.addEventListener("change", changed);
    return () => system.removeEventListener("change", changed);
  }, []);
  return choice ?? (dark ? "dark" : "light");
}

export function ThemeSwitch() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  const change = () => {
    localStorage.setItem(key, other);
    apply(other);
    chosen.set(other);
  };
  return (
    <button
      type="button"
      class="round"
      onClick={change}
      aria-label={`Change to ${other} colours`}
      title={`Change to ${other} colours`}
    >
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}
