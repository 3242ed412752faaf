// places.ts: the pages of the settings and who may see each.
export interface Part { readonly id: string; readonly may: string }
export const parts: readonly Part[] = [
  { id: "account", may: "self" }, { id: "practice", may: "settings.read" },
  { id: "consent", may: "settings.read" }, { id: "channels", may: "settings.read" },
  { id: "caps", may: "settings.read" }, { id: "imports", may: "imports.read" },
  { id: "canned", may: "inbox.read" },
  { id: "reading", may: "settings.read" },
  { id: "definitions", may: "playbooks.read" }, { id: "staff", may: "staff.read" },
  { id: "roles", may: "self" }, { id: "keys", may: "keys.manage" },
  { id: "webhooks", may: "keys.manage" }, { id: "backups", may: "settings.read" }, { id: "file", may: "settings.read" },
];
