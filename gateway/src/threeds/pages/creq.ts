import { decodeBase64url, encodeJson } from '@tessera/contracts/three-ds/encoding'
import type { CReq } from '@tessera/contracts/three-ds/messages/challenge'

/** The same challenge request for a page that has the whole window. */
export function inWholeWindow(creq: string): string {
  const bytes = decodeBase64url(creq)
  if (bytes === undefined) throw new Error('the challenge request is not base64url')
  const message = JSON.parse(bytes.toString('utf8')) as CReq
  return encodeJson({ ...message, challengeWindowSize: '05' } satisfies CReq)
}
