import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for something to become true; fails with what was waited for. */
export async function until<T>(
  look: () => T | Promise<T>,
  options: { withinMs: number; what: string | (() => string); everyMs?: number },
): Promise<NonNullable<T>> {
  const deadline = performance.now() + options.withinMs
  for (;;) {
    const found = await look()
    if (found) return found as NonNullable<T>
    if (performance.now() > deadline) {
      throw new Error(
        `waited ${options.withinMs} ms for ${typeof options.what === 'string' ? options.what : options.what()}`,
      )
    }
    await sleep(options.everyMs ?? 25)
  }
}
