import { ExactNumber } from '@tessera/lib/strict-json'
import type { AuthenticationWish, BroughtResult } from '../../core/authentication/authentication.ts'
import type { Faults } from '../../http/form.ts'
import type { JsonObject } from '../../http/json-object.ts'
import { checkText } from '../../http/text-checks.ts'
import { optional, optionalChoice } from '../../http/wire-schema.ts'

/** The fields of a creation that speak of the shopper's authentication. */

const text = (maxLength: number, description?: string) => ({ type: ['string', 'null'], maxLength, description })

const shopperFields = {
  ip: text(45),
  user_agent: text(2048),
  accept_language: text(255),
}

const resultFields = {
  version: text(8, 'Of EMV 3-D Secure, such as 2.2.0.'),
  trans_status: { type: ['string', 'null'], enum: ['Y', 'A', null], description: 'Authenticated, or attempted.' },
  eci: text(2),
  cavv: text(64, 'The authentication value, in base64.'),
  ds_trans_id: text(36, 'The transaction id of the directory server.'),
}

export const threeDSecureFields = {
  three_d_secure: optionalChoice(
    ['automatic', 'required', 'skip'],
    'automatic, the default: as your settings say, and once more when the issuer asks for it. required: nothing is charged unless the shopper is authenticated. skip: never.',
  ),
  three_d_secure_result: optional<object>({
    type: 'object',
    description: 'Your own authentication of this shopper, for this amount; it goes into the authorization.',
    properties: resultFields,
  }),
  shopper: optional<object>({
    type: 'object',
    description: 'The shopper as your server sees them, for risk and 3-D Secure.',
    properties: shopperFields,
  }),
}

const resultShapes: Record<keyof typeof resultFields, { shape: RegExp; rule: string }> = {
  version: { shape: /^2\.[0-9]\.[0-9]$/, rule: 'must be a version of EMV 3-D Secure, such as 2.2.0.' },
  trans_status: { shape: /^[YA]$/, rule: 'must be Y or A: nothing else is a reason to authorize.' },
  eci: { shape: /^0[0-7]$/, rule: 'must be two digits, such as 05.' },
  cavv: { shape: /^[A-Za-z0-9+/]{27}=$/, rule: 'must be twenty bytes in base64.' },
  ds_trans_id: { shape: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, rule: 'must be a UUID.' },
}

/** What the schema cannot say, of bodies that may not fit it. */
export function checkThreeDSecure(body: JsonObject, faults: Faults): void {
  const { three_d_secure_result: result, shopper, three_d_secure: wish } = body
  for (const name of Object.keys(shopperFields)) {
    if (isObject(shopper)) checkText(`shopper.${name}`, shopper[name], faults)
  }
  if (!isObject(result)) return
  for (const [name, { shape, rule }] of Object.entries(resultShapes)) {
    const value = result[name]
    const param = `three_d_secure_result.${name}`
    if (value === undefined || value === null) faults.add(param, 'is required.')
    else if (typeof value !== 'string' || !shape.test(value)) faults.add(param, rule)
  }
  if (wish === 'required') {
    faults.add('three_d_secure', 'must not be required together with three_d_secure_result: it is done already.')
  }
  if (!isGiven(body.token) && !isGiven(body.payment_method_id)) {
    faults.add('three_d_secure_result', 'needs token or payment_method_id: the card that it was made for.')
  }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

/** Null where nothing is said but what goes without saying. */
export function wishOf(body: {
  three_d_secure?: AuthenticationWish['threeDSecure'] | null | undefined
  shopper?: object | null | undefined
}): AuthenticationWish | null {
  const threeDSecure = body.three_d_secure ?? 'automatic'
  const given = (body.shopper ?? {}) as { ip?: string; user_agent?: string; accept_language?: string }
  const { ip = null, user_agent: userAgent = null, accept_language: acceptLanguage = null } = given
  const shopper =
    ip === null && userAgent === null && acceptLanguage === null ? null : { ip, userAgent, acceptLanguage }
  return threeDSecure === 'automatic' && shopper === null ? null : { threeDSecure, shopper }
}

/** Of a body without faults. */
export function broughtResultOf(body: { three_d_secure_result?: object | null | undefined }): BroughtResult | null {
  const result = body.three_d_secure_result as Record<keyof typeof resultFields, string> | null | undefined
  if (result === null || result === undefined) return null
  const { version, trans_status, eci, cavv, ds_trans_id: dsTransId } = result
  return { version, transStatus: trans_status as 'Y' | 'A', eci, cavv, dsTransId }
}
