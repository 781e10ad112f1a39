// Drawn here, so that nothing is fetched. All are decoration: what they mean stands beside them in words.

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="9" class="mark-ground" />
      <path d="M4 16h6m12 0h6" class="mark-line" />
      <circle cx="16" cy="16" r="6.5" class="mark-lens" />
      <circle cx="16" cy="16" r="2.2" class="mark-point" />
    </svg>
  );
}

const paths = {
  overview: "M4 13a8 8 0 1 1 16 0M12 13l4-4M7 18h10",
  calls: "M6 4h3l1.5 4.5L8 10a11 11 0 0 0 6 6l1.5-2.5L20 15v3a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z",
  findings: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16.5 16.5 21 21M11 8v3.5M11 14v.01",
  registrations: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2",
  taps: "M3 12h4l3-7 4 14 3-7h4",
  green: "M5 12.5 10 17.5 19 7.5",
  amber: "M12 5v9M12 18.5v.01",
  red: "M7 7 17 17M17 7 7 17",
  unknown: "M9 9a3 3 0 1 1 4 2.8c-.7.3-1 .9-1 1.7M12 17.5v.01",
  info: "M12 11v7M12 7v.01",
  arrow: "M5 12h13M13 7l5 5-5 5",
  down: "M6 9l6 6 6-6",
  save: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1 1M17.4 17.4l1 1M5.6 18.4l1-1M17.4 6.6l1-1",
  moon: "M19 14.5A8 8 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5z",
  wrench: "M14.5 6.5a4 4 0 0 0-5 5L4 17l3 3 5.5-5.5a4 4 0 0 0 5-5L15 12l-3-3z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
