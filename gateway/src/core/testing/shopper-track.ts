import { OffsetClock, systemClock } from '@tessera/lib/clock'
import { createIds } from '@tessera/lib/ids'
import { createLogger } from '@tessera/lib/log'
import { secureRandom } from '@tessera/lib/random'
import { realTimers } from '@tessera/lib/timers'
import { createTestDatabase } from '../../../../tools/testing/database.ts'
import { openDatabase } from '../../store/database.ts'
import { createPaymentStore } from '../../store/payment-store.ts'
import { startLossyProxy } from '../../store/testing/lossy-proxy.ts'
import type { ReportedResult } from '../authentication/authentication.ts'
import type { BrowserData, ResultsAnswer } from '../authentication/authentications.ts'
import { createAuthentications } from '../authentication/create-authentications.ts'
import { createThreeDSecure } from '../authentication/three-d-secure.ts'
import { type AuthenticationId, type OperationId, type PaymentId, type SessionId, trustedId } from '../ids.ts'
import type { Caller } from '../merchants/merchant.ts'
import type { Acquirer, Network } from '../payments/acquirer.ts'
import { createPayments } from '../payments/create-payments.ts'
import { failureOf } from '../payments/failure.ts'
import type { OperationOutcome } from '../payments/outcome.ts'
import type { Operation, PaymentRecord } from '../payments/payment.ts'
import type { CreatePayment } from '../payments/payments.ts'
import type { AskIssuer, IssuerAnswer, ThreeDSecureProvider } from '../ports/three-d-secure-provider.ts'
import type { Vault } from '../ports/vault.ts'
import { expirePayment } from '../worker/expire-payment.ts'
import { resolveOperation } from '../worker/resolve-operation.ts'
import { aCommand } from './commands.ts'
import { approved, aRequest, raceCaller, raceFlow, told } from './race-track.ts'

const cavv = 'AAABBZEEBgAAAAAAAAQGAAAAAAA='
const acsTransId = '7c2b9f10-3c55-4f0e-9b0a-6f1e2d3c4b02'
const dsTransId = '0a4f8e21-7d66-4c1b-8e2d-1b2c3d4e5f03'

/** What issuer and acquirer say, and what they were asked: a test changes it as it goes. */
export interface ShopperScript {
  issuer: IssuerAnswer | Promise<IssuerAnswer>
  /** Of the issuer's hidden page, where it has one. */
  methodUrl: string | null
  /** How each authorization ends, in their order; the last one stands for all that follow. */
  acquirer: (OperationOutcome | Promise<OperationOutcome>)[]
  inquiry: Awaited<ReturnType<Acquirer['inquire']>>
  /** How long it has been known that an attempt can no longer be sent. */
  unsendableForMs: number
  asked: AskIssuer[]
  sent: { operation: Operation; network: Network }[]
  released: string[]
}

export const challenge: IssuerAnswer = {
  kind: 'challenge',
  challenge: { acsUrl: 'https://acs.example/challenge', acsTransId, dsTransId, windowSize: '03' },
  issuerText: null,
}
export const frictionless: IssuerAnswer = {
  kind: 'result',
  transStatus: 'Y',
  reason: null,
  eci: '05',
  cavv,
  dsTransId,
  acsTransId,
  issuerText: null,
}
export const softDecline: OperationOutcome = {
  kind: 'declined',
  failure: failureOf('authentication_required', '1A'),
}
export const freshShopperScript = (): ShopperScript => ({
  issuer: challenge,
  methodUrl: null,
  acquirer: [approved(true)],
  inquiry: { kind: 'not_found' },
  unsendableForMs: 0,
  asked: [],
  sent: [],
  released: [],
})

export const proof = { cavv, dsTransId, acsTransId }

const aBrowser: BrowserData = {
  acceptHeader: 'text/html',
  userAgent: 'Firefox',
  ip: null,
  language: 'en',
  script: null,
}

/** The engine with its shoppers, over the real store; issuer, acquirer and vault are the test's. */
export async function createShopperTrack(script: () => ShopperScript) {
  const clock = new OffsetClock(systemClock)
  const ids = createIds(clock, secureRandom)
  const log = createLogger({ process: 'test', clock, level: 'silent' })
  const test = await createTestDatabase({
    migrations: new URL('../../../migrations/', import.meta.url),
    name: 'shoppers',
  })
  const proxy = await startLossyProxy(test.url)
  const database = openDatabase(proxy.url, log)
  const store = createPaymentStore({ ...database, clock, timers: realTimers, random: secureRandom })
  const provider = scriptedProvider(script)
  const threeDSecure = createThreeDSecure({
    ids,
    random: secureRandom,
    provider,
    // Reversed, so that a test sees whether it is the sealed one that is kept.
    proofs: {
      seal: (_place, text) => [...text].toReversed().join(''),
      open: (_place, text) => [...text].toReversed().join(''),
    },
    sessionLifetimeMs: 15 * 60_000,
  })
  const parts = {
    clock,
    ids,
    log,
    store,
    timers: realTimers,
    random: secureRandom,
    vault: scriptedVault(script, clock),
    acquirer: scriptedAcquirer(script),
    taxIds: { verify: () => Promise.reject(new Error('nobody asks')) },
    threeDSecure,
  }
  const merchant = { ...raceCaller.merchant, name: 'Corner Shop' }
  const directory = { flows: () => [raceFlow], merchant: () => merchant, findCaller: () => undefined }
  const payments = createPayments({ ...parts, directory })
  const charging = new Set<Promise<unknown>>()
  const authentications = createAuthentications({
    ...parts,
    directory,
    provider,
    charging,
    publicUrl: 'https://pay.example',
    returnLinks: { linkFor: async (_payment, outcome) => `https://shop.example/${outcome}` },
  })

  async function found(paymentId: PaymentId): Promise<PaymentRecord> {
    const record = await store.find({ merchantId: merchant.merchantId, mode: 'test' }, paymentId)
    if (record === undefined) throw new Error(`${paymentId} is gone`)
    return record
  }
  /** A payment whose shopper is to authenticate. */
  async function begin(
    change: Partial<CreatePayment> = {},
    caller: Caller = raceCaller,
  ): Promise<{ paymentId: PaymentId; sessionId: SessionId; authenticationId: AuthenticationId }> {
    const wish = { threeDSecure: 'required' as const, shopper: null }
    const command: CreatePayment = aCommand({ authenticationWish: wish, ...change })
    const { paymentId } = await told(payments.create(caller, command, aRequest(ids.random())))
    return { paymentId, ...(await session(paymentId)) }
  }
  async function session(paymentId: PaymentId) {
    const { payment } = await found(paymentId)
    const { sessionId, authenticationId } = payment.authentication ?? {}
    if (!sessionId || !authenticationId) throw new Error(`payment ${paymentId} has no open session`)
    return { sessionId, authenticationId }
  }
  const report = (authenticationId: AuthenticationId, change: Partial<ReportedResult> = {}): Promise<ResultsAnswer> => {
    const result: ReportedResult = {
      authenticationId,
      acsTransId,
      dsTransId,
      version: '2.2.0',
      transStatus: 'Y',
      reason: null,
      eci: '05',
      cavv,
      challengeCancel: null,
      ...change,
    }
    return authentications.result(Buffer.from(JSON.stringify(result)))
  }
  return {
    clock,
    proxy,
    payments,
    authentications,
    found,
    begin,
    session,
    report,
    authenticate: (sessionId: SessionId) => authentications.authenticate(sessionId, aBrowser),
    /** Where the shopper has been sent to the issuer's page. */
    async challenged(change: Partial<CreatePayment> = {}) {
      const begun = await begin(change)
      await authentications.authenticate(begun.sessionId, aBrowser)
      return begun
    },
    /** All authorizations that were begun are settled. */
    async settled(): Promise<void> {
      await Promise.all(charging)
    },
    expire: async (paymentId: PaymentId) => expirePayment(parts, await found(paymentId)),
    resolve: async (paymentId: PaymentId, operationId: OperationId) =>
      resolveOperation(parts, await found(paymentId), operationId),
    async rowsOf(paymentId: PaymentId): Promise<string> {
      const texts: string[] = []
      for (const table of ['payments', 'operations', 'authentications', 'events']) {
        const { rows } = await database.cold.query(
          `select row_to_json(t)::text as row from ${table} t where payment_id = $1`,
          [paymentId],
        )
        texts.push(...rows.map(({ row }) => row))
      }
      return texts.join('\n')
    },
    async events(paymentId: PaymentId): Promise<string[]> {
      const { rows } = await database.cold.query('select type from events where payment_id = $1 order by sequence', [
        paymentId,
      ])
      return rows.map(({ type }) => type)
    },
    async stop() {
      await store.drain()
      await database.close()
      await proxy.stop()
      await test.drop()
    },
  }
}

export type ShopperTrack = Awaited<ReturnType<typeof createShopperTrack>>

/** Reads a result as the test wrote it, and answers with what became of it in one word. */
function scriptedProvider(script: () => ShopperScript): ThreeDSecureProvider {
  return {
    isAvailable: () => true,
    participation: async () => ({ kind: 'takes_part', version: '2.2.0', methodUrl: script().methodUrl }),
    methodData: () => 'data',
    async ask(request) {
      script().asked.push(request)
      return script().issuer
    },
    challengeRequest: () => 'creq',
    isReturnOf: (authentication, cres) => cres === authentication.authenticationId,
    readResult: (bytes) => ({ ok: true, result: JSON.parse(Buffer.from(bytes).toString('utf8')) }),
    acceptResult: () => ({ status: 200, body: 'accepted' }),
    refuseResult: (_result, why) => ({ status: 200, body: why }),
    shiftsLiability: (_brand, eci) => eci === '05' || eci === '06',
  }
}

function scriptedAcquirer(script: () => ShopperScript): Acquirer {
  return {
    capabilities: () => ({
      multipleCaptures: true,
      partialCapture: true,
      inquiry: 'by_our_reference',
      reversal: 'by_our_reference',
      notFoundFinalAfterMs: 15_000,
    }),
    async send(_record, operation, network) {
      if (operation.kind === 'reversal') return { outcome: approved(false), acquirerMs: 1 }
      const { acquirer, sent } = script()
      const outcome = acquirer[Math.min(sent.length, acquirer.length - 1)]
      sent.push({ operation, network })
      return { outcome: (await outcome) as OperationOutcome, acquirerMs: 1 }
    },
    inquire: async () => script().inquiry,
    unsendableForMs: () => script().unsendableForMs,
  }
}

function scriptedVault(script: () => ShopperScript, clock: { now(): number }): Vault {
  const card = { bin: '424242', last4: '4242', brand: 'visa', expMonth: 12, expYear: 2030, cardholderName: null }
  return {
    claim: async () => ({
      outcome: 'claimed',
      card,
      fingerprintId: 'fp_1',
      holdExpiresAtMs: clock.now() + 3_600_000,
    }),
    fence: async () => ({ outcome: 'may_have_been_sent' }),
    activateCard: async () => ({ outcome: 'active' }),
    release: ({ attemptId, reason }: { attemptId: string; reason: string }) => {
      script().released.push(`${trustedId(attemptId)} ${reason}`)
    },
  } as unknown as Vault
}
