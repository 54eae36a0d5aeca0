import type { JsonValue } from '@tessera/lib/strict-json'

/** What every body of ours is. */
export type JsonObject = { [key: string]: JsonValue }
