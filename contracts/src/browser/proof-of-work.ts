import { isSolvedBy, type TokenChallenge } from '../token-challenge.ts'
import { sha256 } from './sha256.ts'

/** So long the page may stand still at a time. */
const sliceMs = 12

/** The whole header that answers a challenge. The page stays usable meanwhile. */
export async function solveChallenge({ text, bits }: TokenChallenge): Promise<string> {
  const encoder = new TextEncoder()
  for (let number = 0; ; ) {
    const until = performance.now() + sliceMs
    do {
      const answer = `${text}.${number}`
      if (isSolvedBy(sha256(encoder.encode(answer)), bits)) return answer
      number += 1
    } while (performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}
