import type { BrowserData, SessionView } from '../../../gateway/src/core/authentication/authentications.ts'
import { resultsPath } from '../../../gateway/src/core/authentication/authentications.ts'
import { type SessionId, trustedId } from '../../../gateway/src/core/ids.ts'
import type { Choices } from '../loop/choices.ts'
import type { Balancer } from './balancer.ts'
import type { Asked, Issuers } from './issuers.ts'
import type { Points } from './points.ts'

export interface ShopperParts {
  name: string
  choices: Choices
  balancer: Balancer
  issuers: Issuers
  points: Points
  pause(leastMs: number, mostMs: number): Promise<void>
}

const aBrowser: BrowserData = {
  acceptHeader: 'text/html',
  userAgent: 'Firefox',
  ip: null,
  language: 'en',
  script: null,
}
const looksMax = 6
const reportTriesMax = 5

/** One shopper in front of the page to which the shop has sent them, to its end or to theirs. */
export async function authenticate(parts: ShopperParts, redirectUrl: string): Promise<void> {
  const { choices, points, pause } = parts
  const sessionId = trustedId<SessionId>(redirectUrl.split('/').at(-1) ?? '')
  if (choices.chance(0.08)) return points.hit('shopper never came')
  await pause(0, choices.chance(0.1) ? 600_000 : 8_000)
  const tabs = choices.chance(0.15) ? 2 : 1
  if (tabs > 1) points.hit('shopper in two tabs')
  await Promise.all(Array.from({ length: tabs }, () => walk(parts, sessionId)))
}

async function walk(parts: ShopperParts, sessionId: SessionId): Promise<void> {
  const { choices, points, pause } = parts
  for (let look = 0; look < looksMax; look += 1) {
    const view = await visit(parts, `${parts.name} authenticates`, (each) => each.authenticate(sessionId, aBrowser))
    if (view?.next.step === 'done') return
    if (choices.chance(0.04)) {
      await visit(parts, `${parts.name} cancels`, (each) => each.cancel(sessionId))
      return points.hit('shopper canceled')
    }
    if (view?.next.step === 'challenge') {
      await atTheIssuer(parts, sessionId, view.next.creq)
      return
    }
    await pause(500, 4_000)
  }
}

/** `creq` names the authentication, as the issuers here have it. */
async function atTheIssuer(parts: ShopperParts, sessionId: SessionId, creq: string): Promise<void> {
  const { choices, issuers, points, pause } = parts
  const asked = issuers.asked.get(creq)
  if (asked === undefined || asked.plan.kind !== 'challenge') return
  const { shopper, reports } = asked.plan
  if (choices.chance(0.1)) void report(parts, { ...asked, dsTransId: 'forged' }, 'Y')
  await pause(200, choices.chance(0.05) ? 700_000 : 15_000)
  const says = shopper === 'passes' ? 'Y' : 'N'
  // In another tab it may have been decided; the issuer says one thing only.
  asked.verdict ??= reports === 'never' ? 'N' : says
  if (shopper === 'leaves') points.hit('shopper left the issuer')
  const verdict = asked.verdict === 'Y' ? 'Y' : 'N'
  const reporting = reports === 'never' ? null : tell(parts, asked, verdict)
  if (reports === 'never') points.hit('issuer never reported')
  if (shopper === 'leaves') return
  await pause(20, 3_000)
  const returns = choices.chance(0.2) ? 2 : 1
  if (returns > 1) points.hit('return of the browser repeated')
  const comeBack = () => visit(parts, `${parts.name} comes back`, (each) => each.challengeReturned(sessionId, creq))
  await Promise.all(Array.from({ length: returns }, comeBack))
  await reporting
}

async function tell(parts: ShopperParts, asked: Asked, verdict: 'Y' | 'N'): Promise<void> {
  const { points, pause } = parts
  if (asked.plan.kind !== 'challenge') return
  const { reports } = asked.plan
  if (reports === 'late') {
    points.hit('issuer reported late')
    await pause(20_000, 200_000)
  }
  const first = report(parts, asked, verdict)
  if (reports === 'twice') points.hit('issuer reported twice')
  if (reports === 'contradicting') points.hit('issuer contradicted itself')
  const second = { twice: verdict, contradicting: verdict === 'Y' ? 'N' : 'Y' } as const
  if (reports === 'twice') await report(parts, asked, second.twice)
  await first
  // Whoever contradicts itself later is too late: the first word was taken.
  if (reports === 'contradicting') await report(parts, asked, second.contradicting)
}

/** Repeated until there is an answer, as the directory server does. */
async function report(parts: ShopperParts, asked: Asked, verdict: 'Y' | 'N'): Promise<void> {
  const { balancer, issuers, pause } = parts
  const payload = issuers.resultOf(asked, verdict)
  for (let tries = 0; tries < reportTriesMax; tries += 1) {
    const answer = await balancer.visit(`issuer reports ${asked.authenticationId} ${verdict}`, ({ server }) =>
      server.app.inject({
        method: 'POST',
        url: resultsPath,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        payload,
      }),
    )
    if (answer !== null && answer.statusCode < 500) return
    await pause(1_000, 10_000)
  }
}

function visit(
  { balancer }: ShopperParts,
  label: string,
  ask: (each: Parameters<Parameters<Balancer['visit']>[1]>[0]['authentications']) => Promise<SessionView | undefined>,
): Promise<SessionView | undefined | null> {
  return balancer.visit(label, ({ authentications }) => ask(authentications))
}
