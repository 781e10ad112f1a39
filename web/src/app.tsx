import { useEffect, useRef } from "preact/hooks";

import type { Status } from "./api/types";
import { useLive } from "./live";
import { href, route } from "./route";
import { useStore } from "./store";
import { AccessDialog } from "./ui/access_dialog";
import { Announcer } from "./ui/announcer";
import { ConnectionBanner } from "./ui/connection";
import { Icon, type IconName, Mark } from "./ui/icons";
import { ThemeSwitch } from "./ui/theme";
import { CallView } from "./views/call";
import { CallsView } from "./views/calls";
import { FindingsView } from "./views/findings";
import { OverviewView } from "./views/overview";
import { RegistrationsView } from "./views/registrations";
import { TapsView } from "./views/taps";

const places: { path: string; name: string; icon: IconName }[] = [
  { path: "", name: "Overview", icon: "overview" },
  { path: "calls", name: "Calls", icon: "calls" },
  { path: "findings", name: "Findings", icon: "findings" },
  { path: "registrations", name: "Phones", icon: "registrations" },
  { path: "taps", name: "Capture", icon: "taps" },
];

export function App() {
  const { path, query } = useStore(route);
  const status = useLive<Status>("api/v1/status", ["status"], 1500);
  const place = path[0] ?? "";
  const key = path.join("\n");
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);

  // A new view begins at its heading, for eyes and for screen readers; the first one leaves the focus where it is.
  useEffect(() => {
    const heading = main.current?.querySelector("h1");
    document.title = place === "" ? "vialens" : `${heading?.textContent ?? place} · vialens`;
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    heading?.focus({ preventScroll: true });
  }, [key, place]);

  return (
    <>
      <a class="skip" href="#content" onClick={(event) => skipTo(event, main.current)}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="#/" aria-label="vialens, overview">
          <Mark />
          <span>vialens</span>
        </a>
        <nav class="places" aria-label="Views">
          {places.map((each) => (
            <a
              key={each.path}
              href={href(each.path ? [each.path] : [])}
              aria-current={each.path === place ? "page" : undefined}
            >
              <Icon name={each.icon} />
              <span>{each.name}</span>
            </a>
          ))}
        </nav>
        <ThemeSwitch />
      </header>
      <ConnectionBanner />
      <main id="content" ref={main} tabIndex={-1}>
        <View place={place} id={path[1]} query={query} status={status} key={key} />
      </main>
      <footer class="foot">
        <span>vialens {status.data?.version ?? ""}</span>
        <a href="api/v1/openapi.yaml">API</a>
        <a href="metrics">Metrics</a>
        <a href="licenses.md">Licences</a>
      </footer>
      <Announcer />
      <AccessDialog />
    </>
  );
}

interface ViewProps {
  place: string;
  id: string | undefined;
  query: Record<string, string>;
  status: { data: Status | null; error: Error | null };
}

function View({ place, id, query, status }: ViewProps) {
  if (place === "") return <OverviewView status={status.data} error={status.error} />;
  if (place === "calls" && id !== undefined) return <CallView id={id} taps={status.data?.summary.taps ?? []} />;
  if (place === "calls") return <CallsView query={query} status={status.data} />;
  if (place === "findings") return <FindingsView query={query} status={status.data} />;
  if (place === "registrations") return <RegistrationsView query={query} status={status.data} />;
  if (place === "taps") return <TapsView status={status.data} error={status.error} />;
  return (
    <section class="empty">
      <h1 tabIndex={-1}>There is no such view</h1>
      <p>
        The address names something that this page does not have. <a href="#/">Go to the overview</a>
      </p>
    </section>
  );
}

function skipTo(event: Event, target: HTMLElement | null): void {
  event.preventDefault(); // the part behind the # is the route
  target?.focus();
}
