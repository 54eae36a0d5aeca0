import type { IncomingMessage } from 'node:http'
import type { Acquirer } from '../acquirer/acquirer.ts'
import type { Answer } from '../acquirer/answers.ts'
import { behaviourOf } from '../acquirer/behaviour.ts'
import type { AcquirerOperation, Fault, FaultMatch } from '../faults/fault-script.ts'
import { defaultFaultMs } from '../faults/show-fault.ts'
import { type JsonObject, readAuthorize, readCapture, readPage, readRefund, readReverse } from './read-request.ts'

/** A request to the acquirer that was understood. `carryOut` changes the ledger; nothing before it does. */
export interface AcquirerCall {
  match: FaultMatch
  /** The fault that the card itself asks for. */
  fault: Fault | null
  carryOut(): Promise<Answer>
}

export type Route =
  | { operation: 'authorize' }
  | { operation: 'capture' | 'reverse' | 'refund'; authorization: string }
  | { operation: 'inquire'; reference: string }
  | { operation: 'report'; query: string }

const operationOfCollection: Record<string, 'capture' | 'reverse' | 'refund'> = {
  captures: 'capture',
  reversals: 'reverse',
  refunds: 'refund',
}

const segment = '([A-Za-z0-9_-]{1,64})'
const collectionPath = new RegExp(`^/v1/authorizations/${segment}/(captures|reversals|refunds)$`)
const referencePath = new RegExp(`^/v1/references/${segment}$`)

/** Null: no such path and method. */
export function routeOf(method: string, path: string): Route | null {
  if (method === 'POST') {
    if (path === '/v1/authorizations') return { operation: 'authorize' }
    const [, authorization, collection] = collectionPath.exec(path) ?? []
    const operation = operationOfCollection[collection ?? '']
    return authorization === undefined || operation === undefined ? null : { operation, authorization }
  }
  const [reportPath, query] = path.split('?', 2)
  if (method === 'GET' && reportPath === '/v1/reports') return { operation: 'report', query: query ?? '' }
  const reference = method === 'GET' ? referencePath.exec(path)?.[1] : undefined
  return reference === undefined ? null : { operation: 'inquire', reference }
}

const accountKeyShape = /^Bearer sbx_([A-Za-z0-9_-]{1,64})$/

/** The account that the request's key stands for: `sbx_<account>`. There is nothing to protect here but order. */
export function accountOf(request: IncomingMessage): string | undefined {
  return accountKeyShape.exec(request.headers.authorization ?? '')?.[1]
}

/** Throws RequestInvalid. */
export function readCall(acquirer: Acquirer, account: string, route: Route, body: JsonObject): AcquirerCall {
  switch (route.operation) {
    case 'authorize':
      return authorizeCall(acquirer, account, body)
    case 'capture': {
      const request = readCapture(account, route.authorization, body)
      return call(acquirer, route.operation, request, () => acquirer.capture(request))
    }
    case 'reverse': {
      const request = readReverse(account, route.authorization, body)
      return call(acquirer, route.operation, request, () => acquirer.reverse(request))
    }
    case 'refund': {
      const request = readRefund(account, route.authorization, body)
      return call(acquirer, route.operation, request, () => acquirer.refund(request))
    }
    case 'inquire': {
      const { reference } = route
      return {
        match: { operation: 'inquire', account, reference },
        fault: null,
        carryOut: () => acquirer.inquire(account, reference),
      }
    }
    case 'report': {
      const { after, limit } = readPage(route.query)
      return {
        match: { operation: 'report', account },
        fault: null,
        carryOut: () => acquirer.report(account, after, limit),
      }
    }
  }
}

function authorizeCall(acquirer: Acquirer, account: string, body: JsonObject): AcquirerCall {
  const request = readAuthorize(account, body)
  const { reference, amountMinor, card } = request
  const isFirst = acquirer.ledger.find(account, reference) === undefined
  const kind = isFirst ? behaviourOf(card).fault : undefined
  return {
    match: { operation: 'authorize', account, reference, amountMinor, last4: card.number.slice(-4) },
    fault: kind === undefined ? null : { kind, ms: defaultFaultMs(kind) },
    carryOut: () => acquirer.authorize(request),
  }
}

function call(
  acquirer: Acquirer,
  operation: AcquirerOperation,
  request: { account: string; authorization: string; reference: string; amountMinor: number | null },
  carryOut: () => Promise<Answer>,
): AcquirerCall {
  const { account, authorization, reference, amountMinor } = request
  const last4 = acquirer.ledger.authorization(account, authorization)?.entry.card.last4
  return {
    match: { operation, account, reference, last4, amountMinor: amountMinor ?? undefined },
    fault: null,
    carryOut,
  }
}
