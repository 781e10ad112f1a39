// The short page: health and the latest findings, asked for every five seconds. What comes from the network is only text.
"use strict";

const element = (id) => document.getElementById(id);

async function ask(path) {
  const response = await fetch(`api/v1/${path}`, { headers: { Accept: "application/json" }, cache: "no-cache" });
  if (!response.ok)
    throw new Error(
      response.status === 401
        ? "This vialens wants a token, which this short page cannot send."
        : `vialens answered with ${response.status}.`,
    );
  return response.json();
}

function row(finding) {
  const line = document.createElement("tr");
  const texts = [
    new Date(finding.time).toLocaleString(),
    `${finding.title} (${finding.id}, ${finding.severity})`,
    [finding.verdict ?? finding.detail, finding.remedy].filter(Boolean).join(" "),
  ];
  for (const text of texts) line.appendChild(document.createElement("td")).textContent = text;
  return line;
}

async function refresh() {
  const health = element("health");
  try {
    const [status, findings] = await Promise.all([ask("status"), ask("findings?limit=50")]);
    health.className = status.health.level;
    health.textContent = status.health.sentence;
    element("remedy").textContent = status.health.remedy ?? "";
    element("counts").textContent = `Live calls: ${status.calls_live}. Registrations: ${status.registrations_live}.`;
    element("findings").replaceChildren(...findings.items.map(row));
  } catch (error) {
    health.className = "";
    health.textContent = error instanceof TypeError ? "Connection lost; trying again." : error.message;
  }
  setTimeout(refresh, 5000);
}

void refresh();
