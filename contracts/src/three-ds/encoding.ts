import { type Expectation, readMessage, type Verdict } from './check-message.ts'
import type { MessageType } from './messages/erro.ts'

/** Names of the form fields that carry messages through the browser. */
export const formFields = {
  challengeRequest: 'creq',
  challengeResponse: 'cres',
  sessionData: 'threeDSSessionData',
  methodData: 'threeDSMethodData',
} as const

/** EMV 3-D Secure: session data is at most 1024 characters of base64url. */
export const sessionDataMaxLength = 1024

/** What the 3DS Method is called with, and called back with (the id alone). */
export interface MethodData {
  threeDSServerTransID: string
  threeDSMethodNotificationURL?: string
}

/** JSON in base64url without padding, as every form field that carries a message wants it. */
export function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url')
}

const base64url = /^[A-Za-z0-9_-]+={0,2}$/
const longestEncoded = 65_536

/** The bytes behind base64url, padded or not; undefined for anything else. */
export function decodeBase64url(text: string): Buffer | undefined {
  if (text.length > longestEncoded || !base64url.test(text)) return undefined
  const bare = text.replace(/=+$/, '')
  const isPaddedRight = bare.length === text.length || text.length % 4 === 0
  return isPaddedRight && bare.length % 4 !== 1 ? Buffer.from(bare, 'base64url') : undefined
}

/** A message out of a form field. Never throws. */
export function readEncoded<Type extends MessageType>(text: string, expectation: Expectation<Type>): Verdict<Type> {
  const bytes = decodeBase64url(text)
  if (bytes !== undefined) return readMessage(bytes, expectation)
  return { ok: false, fault: { errorCode: '101', errorDetail: 'The message is not base64url.', ids: {} } }
}

const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Undefined where the field does not hold what it should. */
export function readMethodData(text: string): MethodData | undefined {
  const bytes = decodeBase64url(text)
  try {
    const value = JSON.parse(bytes?.toString('utf8') ?? '') as Record<string, unknown> | null
    const id = value?.threeDSServerTransID
    const notificationUrl = value?.threeDSMethodNotificationURL
    if (typeof id !== 'string' || !uuidShape.test(id)) return undefined
    if (notificationUrl === undefined) return { threeDSServerTransID: id }
    const isUrl =
      typeof notificationUrl === 'string' && /^https?:/.test(notificationUrl) && URL.canParse(notificationUrl)
    return isUrl ? { threeDSServerTransID: id, threeDSMethodNotificationURL: notificationUrl } : undefined
  } catch {
    return undefined
  }
}
