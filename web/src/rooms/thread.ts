// thread.ts: whom a conversation is with.
import type { Shapes } from "../api/client";
import { phone } from "../format";

export const threadName = (thread: Shapes["Thread"]) => thread.patient?.name
  ?? (thread.address.startsWith("+") ? phone(thread.address) : thread.address);
