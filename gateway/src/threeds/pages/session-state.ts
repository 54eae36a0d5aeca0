import { createHash } from 'node:crypto'
import type { SessionView } from '../../core/authentication/authentications.ts'

/** Names what the page shows, so that a page that is open can tell that something else is to be done by now. */
export function stateOf({ next }: SessionView): string {
  if (next.step === 'waiting') return `waiting for ${next.for}`
  // A second challenge of the same session is another one.
  if (next.step === 'challenge') {
    return `challenge ${createHash('sha256').update(next.creq).digest('base64url').slice(0, 8)}`
  }
  return next.step
}
