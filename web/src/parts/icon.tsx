// icon.tsx: the signs, drawn on a grid of 20, one line thick. Decoration: words stand beside them.
const signs = {
  today: "M4 5.5h12M4 5.5v10.5h12V5.5M7 3v4M13 3v4M7 11l2 2 4-4",
  inbox: "M3 12h4l1.2 2h3.6l1.2-2h4M3 12l2.2-7.5h9.6L17 12v4H3z",
  patients: "M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c.5-3 2.6-4.5 5.5-4.5s5 1.5 5.5 4.5"
    + "M13 4a2.8 2.8 0 0 1 0 5.3M15 12.3c1.4.7 2.2 2.2 2.5 4.2",
  playbooks: "M2 10h2.5M8.5 10h3M15.5 10H18M4.5 10a2 2 0 1 0 4 0a2 2 0 1 0-4 0M11.5 10a2 2 0 1 0 4 0"
    + "a2 2 0 1 0-4 0M6.5 8V4.5H10M13.5 12v3.5H17",
  reports: "M3.5 16.5h13M5.5 13.5v-3M9 13.5V7M12.5 13.5V9M16 13.5V4",
  settings: "M4 6h6M14 6h2M4 14h2M10 14h6M12 4v4M8 12v4",
  audit: "M10 3l6 2.2v4.3c0 3.7-2.4 6.2-6 7.5-3.6-1.3-6-3.8-6-7.5V5.2zM7.5 10l1.8 1.8L13 8.2",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
  clip: "M14.5 8.5l-5.6 5.6a2.9 2.9 0 0 1-4.1-4.1L11 3.8a1.9 1.9 0 0 1 2.7 2.7l-6 6a.8.8 0 0 1-1.2-1.2l5.1-5.1",
  close: "M5 5l10 10M15 5L5 15",
  back: "M12 4l-6 6 6 6",
  next: "M8 4l6 6-6 6",
  down: "M5 8l5 5 5-5",
  plus: "M10 4v12M4 10h12",
  check: "M4 10.5l4 4 8-9",
  phone: "M6.5 3.5L4 4c-.5 6.5 5.5 12.5 12 12l.5-2.5-3.5-1.8-1.5 1.5c-2-.8-3.4-2.2-4.2-4.2L8.8 7.5z",
  sms: "M3.5 4.5h13v9h-7L6 16.5v-3H3.5z",
  email: "M3 5h14v10.5H3zM3 6l7 5 7-5",
  voice: "M6.5 3.5L4 4c-.5 6.5 5.5 12.5 12 12l.5-2.5-3.5-1.8-1.5 1.5c-2-.8-3.4-2.2-4.2-4.2L8.8 7.5z",
  page: "M5 3h7l3 3v11H5zM12 3v3h3",
  task: "M4 4h12v12H4zM7 10l2 2 4-4.5",
  note: "M4 4h12v8l-4 4H4zM12 16v-4h4",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6 4l10 6-10 6z",
  stop: "M6.5 3h7L17 6.5v7L13.5 17h-7L3 13.5v-7zM7 10h6",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5Z",
  sun: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1"
    + "M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1",
  tag: "M3.5 3.5h6l7 7-6 6-7-7zM6.8 6.8h.01",
  why: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM8 8a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.2M10 13.5v.01",
  alert: "M10 3.5l7 12.5H3zM10 8v3.5M10 13.7v.01",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  out: "M8 4H4v12h4M8 10h9M14 7l3 3-3 3",
  upload: "M10 13V4M6.5 7.5L10 4l3.5 3.5M4 13v3h12v-3",
  download: "M10 4v9M6.5 9.5L10 13l3.5-3.5M4 13v3h12v-3",
  print: "M6 7V3h8v4M6 14H3.5V7h13v7H14M6 11.5h8V17H6z",
  leaf: "M10 17V8.5M10 12.5c0-4 2.5-6.5 6.5-6.5 0 4-2.5 6.5-6.5 6.5ZM10 15c0-3-2-5-5.5-5 0 3 2 5 5.5 5Z",
  calendar: "M4 5h12v11H4zM4 8.5h12M7 3v3.5M13 3v3.5",
  key: "M8 12a3.5 3.5 0 1 0-2.5 3.4A3.5 3.5 0 0 0 8 12ZM7.5 9.5L15 3M12.5 5l2.5 2.5",
  user: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 17c.6-3.3 2.8-5 6-5s5.4 1.7 6 5",
  undo: "M6.5 5L3.5 8l3 3M3.5 8H12a4 4 0 0 1 0 8H8",
  link: "M8.5 11.5l3-3M7 9l-2 2a2.8 2.8 0 0 0 4 4l2-2M13 11l2-2a2.8 2.8 0 0 0-4-4L9 7",
  send: "M3 10L17 4l-4 13-3-5.5z",
  event: "M11 3L5 11h4l-1 6 6-8h-4z",
} as const;

export type Sign = keyof typeof signs;

export function Icon({ sign, size = 18 }: { sign: Sign; size?: number }) {
  return <svg width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor"
    stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    <path d={signs[sign]} /></svg>;
}

export function channelSign(channel: string | null | undefined): Sign {
  switch (channel) {
    case "sms": case "email": case "voice": case "task": case "page": return channel;
    default: return "event";
  }
}
