import { connection } from "../api/events";
import { useStore } from "../store";

/** Says so while the page may be showing what is no longer true. */
export function ConnectionBanner() {
  const state = useStore(connection);
  return (
    <div role="status" class="banner-place">
      {state === "lost" && (
        <p class="banner lost">
          <span class="pulse" aria-hidden="true" /> Connection lost. What you see may be old; trying again.
        </p>
      )}
      {state === "polling" && <p class="banner">Too many pages are open. This one is refreshed every 10 seconds.</p>}
    </div>
  );
}
