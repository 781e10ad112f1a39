import { useEffect, useRef } from "preact/hooks";

import { accessWanted, authorization, setAccess } from "../api/client";
import { useStore } from "../store";

/** Asks for what opens the API, when the server wants it. */
export function AccessDialog() {
  const wanted = useStore(accessWanted);
  const given = useStore(authorization);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (wanted) dialog.current?.showModal();
    else dialog.current?.close();
  }, [wanted]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const secret = String(form.get("secret") ?? "").trim();
    if (secret !== "") setAccess(String(form.get("name") ?? "").trim(), secret);
  };
  return (
    <dialog ref={dialog} class="access" aria-labelledby="access-title" onCancel={(event) => event.preventDefault()}>
      <form onSubmit={submit}>
        <h2 id="access-title">Access</h2>
        <p role="status">
          {given === null ? "This vialens is protected by its owner." : "That was not accepted."} What you type is
          forgotten when you close this tab.
        </p>
        <div class="field">
          <label for="access-secret">Token or password</label>
          <input id="access-secret" name="secret" type="password" autocomplete="current-password" required />
        </div>
        <div class="field">
          <label for="access-name">Name (leave empty for a token)</label>
          <input id="access-name" name="name" autocomplete="username" autocapitalize="none" spellcheck={false} />
        </div>
        <button type="submit" class="primary">
          Open
        </button>
      </form>
    </dialog>
  );
}
