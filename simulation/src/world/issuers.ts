import type {
  AskIssuer,
  IssuerAnswer,
  ThreeDSecureProvider,
} from '../../../gateway/src/core/ports/three-d-secure-provider.ts'
import type { Choices } from '../loop/choices.ts'
import type { Life } from '../loop/life.ts'
import type { IssuerPlan } from './card.ts'
import type { Points } from './points.ts'
import type { VaultBooks } from './vault-books.ts'
import type { AcquirerWeather } from './weather.ts'

export interface Asked {
  authenticationId: string
  paymentId: string
  amountMinor: number
  currency: string
  plan: IssuerPlan
  acsTransId: string
  dsTransId: string
  /** The proof; it is good for this amount of this payment alone. */
  cavv: string
  verdict: 'Y' | 'A' | 'N' | 'U' | 'R' | null
  times: number
}

const isYes = (verdict: Asked['verdict']): boolean => verdict === 'Y' || verdict === 'A'
const answerWithinMs = 10_000

/** Directory server and issuers: they know whom they have authenticated, and for which amount. */
export class Issuers {
  readonly asked = new Map<string, Asked>()
  readonly #books: VaultBooks

  constructor(books: VaultBooks) {
    this.#books = books
  }

  /** Whether this proof was given for this amount of this payment, after a yes. */
  hasProven(cavv: string, payment: { paymentId: string; amountMinor: number; currency: string }): boolean {
    return [...this.asked.values()].some(
      (each) =>
        each.cavv === cavv &&
        isYes(each.verdict) &&
        each.paymentId === payment.paymentId &&
        each.amountMinor === payment.amountMinor &&
        each.currency === payment.currency,
    )
  }

  answer({ payment, authentication, holdId }: AskIssuer): IssuerAnswer {
    const known = this.asked.get(authentication.authenticationId)
    if (known !== undefined) known.times += 1
    const plan = this.#books.holds.get(holdId)?.card.fate.issuer
    if (plan === undefined) return { kind: 'unavailable', why: 'the hold is gone' }
    const serial = this.asked.size + 1
    const asked: Asked = known ?? {
      authenticationId: authentication.authenticationId,
      paymentId: payment.paymentId,
      amountMinor: authentication.amountMinor,
      currency: authentication.currency,
      plan,
      acsTransId: `acs-${serial}`,
      dsTransId: `ds-${serial}`,
      cavv: `cavv-${serial}`,
      verdict: null,
      times: 1,
    }
    this.asked.set(asked.authenticationId, asked)
    const { acsTransId, dsTransId } = asked
    if (plan.kind === 'frictionless') {
      asked.verdict = plan.says
      const proof = isYes(plan.says)
        ? { eci: plan.says === 'Y' ? '05' : '06', cavv: asked.cavv }
        : { eci: null, cavv: null }
      return { kind: 'result', transStatus: plan.says, reason: null, ...proof, dsTransId, acsTransId, issuerText: null }
    }
    const challenge = { acsUrl: 'https://acs.test/challenge', acsTransId, dsTransId, windowSize: '03' as const }
    return { kind: 'challenge', challenge, issuerText: null }
  }

  /** What the issuer reports when the shopper has been there. */
  resultOf(asked: Asked, transStatus: 'Y' | 'N'): string {
    const { authenticationId, acsTransId, dsTransId, cavv } = asked
    const proof = transStatus === 'Y' ? { eci: '05', cavv } : { eci: null, cavv: null }
    return JSON.stringify({
      authenticationId,
      acsTransId,
      dsTransId,
      version: '2.2.0',
      transStatus,
      reason: transStatus === 'Y' ? null : '01',
      ...proof,
      challengeCancel: null,
    })
  }

  /** Messages as one process sends and reads them; their form on the wire is the provider's own, and tested there. */
  providerFor(life: Life, parts: { choices: Choices; weather: AcquirerWeather; points: Points }): ThreeDSecureProvider {
    const { choices, weather, points } = parts
    const wire = () => ({ outMs: choices.between(2, 200), backMs: choices.between(2, 200) })
    const answer = (request: AskIssuer) => this.answer(request)
    const unavailable: IssuerAnswer = { kind: 'unavailable', why: 'no answer' }
    const silence = () =>
      new Promise<IssuerAnswer>((resolve) => {
        life.after(answerWithinMs, 'issuer timed out', () => resolve(unavailable))
      })
    return {
      isAvailable: () => true,
      participation: async () => ({ kind: 'takes_part', version: '2.2.0', methodUrl: null }),
      methodData: () => 'data',
      async ask(request) {
        const [requestLost, replyLost] = [
          choices.chance(weather.lostRequestRate),
          choices.chance(weather.lostReplyRate),
        ]
        const label = `asks issuer ${request.authentication.authenticationId}`
        if (requestLost || weather.isAway) return silence()
        const given = await life.call(label, wire(), () => answer(request))
        if (!replyLost) return given
        points.hit('answer of the issuer lost')
        return silence()
      },
      challengeRequest: ({ authenticationId }) => authenticationId,
      isReturnOf: ({ authenticationId }, cres) => cres === authenticationId,
      readResult: (bytes) => ({ ok: true, result: JSON.parse(Buffer.from(bytes).toString('utf8')) }),
      acceptResult: () => ({ status: 200, body: '"accepted"' }),
      refuseResult: (_result, why) => {
        points.hit('result of an issuer refused')
        return { status: 200, body: JSON.stringify(why) }
      },
      shiftsLiability: (_brand, eci) => eci === '05' || eci === '06',
    }
  }
}
