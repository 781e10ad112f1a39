import { useEffect, useRef } from "preact/hooks";

import { setToken, token } from "../api/client";
import { useTokenWanted } from "../live";
import { useStore } from "../store";

export function TokenDialog() {
  const wanted = useTokenWanted();
  const given = useStore(token);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (wanted) dialog.current?.showModal();
    else dialog.current?.close();
  }, [wanted]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const value = new FormData(event.currentTarget as HTMLFormElement).get("token");
    if (typeof value === "string" && value.trim() !== "") setToken(value.trim());
  };
  return (
    <dialog ref={dialog} class="token" aria-labelledby="token-title" onCancel={(event) => event.preventDefault()}>
      <form onSubmit={submit}>
        <h2 id="token-title">Access token</h2>
        <p>
          {given === null
            ? "This vialens is protected. Type the token that its owner has set."
            : "That token was not accepted."}{" "}
          It is forgotten when you close this tab.
        </p>
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required spellcheck={false} />
        <button type="submit" class="primary">
          Open
        </button>
      </form>
    </dialog>
  );
}
