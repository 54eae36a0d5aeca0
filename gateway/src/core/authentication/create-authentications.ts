import type { SessionId } from '../ids.ts'
import type { AuthenticationRecord } from '../ports/payment-store.ts'
import { askIssuer } from './ask-issuer.ts'
import type { Authentications, SessionView } from './authentications.ts'
import { type AuthenticationParts, carryOut, reread } from './carry-out.ts'
import { decideCancellation, decideMethodDone, decideReturn } from './decisions.ts'
import { takeResult } from './take-result.ts'
import { sessionDigestOf } from './three-d-secure.ts'
import { viewOf } from './view.ts'

/** How long a browser is kept waiting for what is about to be known; then its page asks again. */
const patienceMs = 4_000
const lookAgainMs = 150

/** Builds the use cases. */
export function createAuthentications(parts: AuthenticationParts): Authentications {
  const find = (sessionId: SessionId): Promise<AuthenticationRecord | undefined> =>
    parts.store.findBySession(sessionDigestOf(sessionId))

  async function onSession(
    sessionId: SessionId,
    act: (found: AuthenticationRecord) => Promise<AuthenticationRecord>,
  ): Promise<SessionView | undefined> {
    const found = await find(sessionId)
    return found && viewOf(parts, await act(found), sessionId)
  }

  return {
    open: (sessionId) => onSession(sessionId, async (found) => found),

    methodDone: ({ sessionId }, how) =>
      onSession(sessionId, async (found) => {
        const done = await carryOut(parts, found, (record, authentication, context) =>
          decideMethodDone(record, authentication, how, context),
        )
        return done.found
      }),

    authenticate: (sessionId, browser) =>
      onSession(sessionId, async (found) => {
        const { state } = found.authentication
        if (found.record.payment.state !== 'requires_action' || (state !== 'created' && state !== 'ready')) return found
        const asked = await askIssuer(parts, found, sessionId, browser)
        await Promise.race([asked.charged, parts.timers.sleep(patienceMs)])
        return reread(parts, asked.found)
      }),

    challengeReturned: (sessionId, cres) =>
      onSession(sessionId, async (found) => {
        if (!parts.provider.isReturnOf(found.authentication, cres)) return found
        const returned = await carryOut(parts, found, decideReturn)
        return awaitEnd(parts, returned.found)
      }),

    result: (bytes) => takeResult(parts, bytes),

    cancel: (sessionId) =>
      onSession(sessionId, async (found) => (await carryOut(parts, found, decideCancellation)).found),
  }
}

/** The result is nearly always there before the browser, or follows in a moment; and so does what is charged for it. */
async function awaitEnd(parts: AuthenticationParts, before: AuthenticationRecord): Promise<AuthenticationRecord> {
  const untilMs = parts.clock.monotonicMs() + patienceMs
  let found = before
  while (isUnderWay(found) && parts.clock.monotonicMs() < untilMs) {
    await parts.timers.sleep(lookAgainMs)
    found = await reread(parts, found)
  }
  return found
}

function isUnderWay({ record, authentication }: AuthenticationRecord): boolean {
  return authentication.state === 'returned' || record.payment.state === 'processing'
}
