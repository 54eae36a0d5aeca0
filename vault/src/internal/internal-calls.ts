import { vaultPaths } from '@tessera/contracts/vault-protocol'
import { CallRefused } from '../call-refused.ts'
import type { Defence } from '../defence/defence.ts'
import type { Forwarder } from '../forward/forward.ts'
import { type ClaimParts, claim } from '../holds/claims.ts'
import { fence, type ReleaseParts, release, unsentClaims } from '../holds/releases.ts'
import { activateCard, eraseCard } from '../holds/saved-cards.ts'
import type { KeyBook } from '../keys/key-book.ts'
import {
  readAlertsRequest,
  readClaim,
  readFence,
  readForward,
  readProjection,
  readRelease,
  readSavedCard,
  readUnsentClaims,
} from './read-call.ts'

export type InternalCalls = ReadonlyMap<string, (request: unknown) => Promise<unknown>>

export interface InternalCallParts extends ClaimParts, ReleaseParts {
  forwarder: Forwarder
  keys: KeyBook
  defence: Defence
}

/** The whole protocol: what is not here cannot be asked. No reply type has room for a number or a CVC. */
export function internalCalls(parts: InternalCallParts): InternalCalls {
  return new Map<string, (request: unknown) => Promise<unknown>>([
    [vaultPaths.claims, async (request) => claim(readClaim(request), parts)],
    [vaultPaths.forwards, async (request) => parts.forwarder.forward(readForward(request))],
    [vaultPaths.fences, async (request) => fence(readFence(request), parts)],
    [
      vaultPaths.releases,
      async (request) => {
        const call = readRelease(request)
        parts.defence.heard(call.releases)
        return release(call, parts)
      },
    ],
    [vaultPaths.unsentClaims, async (request) => unsentClaims(readUnsentClaims(request), parts)],
    [vaultPaths.cardActivations, async (request) => activateCard(readSavedCard(request), parts)],
    [vaultPaths.cardErasures, async (request) => eraseCard(readSavedCard(request), parts)],
    [
      vaultPaths.cardTestingAlerts,
      async (request) => {
        const { alerts } = parts.defence
        alerts.acknowledge(readAlertsRequest(request).acknowledged)
        return { alerts: alerts.outstanding() }
      },
    ],
    [
      vaultPaths.projection,
      async (request) => {
        const reply = parts.keys.take(readProjection(request))
        if (reply === null) throw new CallRefused('an older push than the last one')
        return reply
      },
    ],
  ])
}
