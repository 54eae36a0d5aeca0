import type { CReq } from './messages/challenge.ts'

export type ChallengeWindowSize = CReq['challengeWindowSize']

/** In CSS pixels; null is the whole screen. */
export const challengeWindows: Readonly<Record<ChallengeWindowSize, { width: number; height: number } | null>> = {
  '01': { width: 250, height: 400 },
  '02': { width: 390, height: 400 },
  '03': { width: 500, height: 600 },
  '04': { width: 600, height: 400 },
  '05': null,
}

/** The largest window that fits into this much room; the whole screen where none does. */
export function windowThatFits(width: number, height: number): ChallengeWindowSize {
  const largestFirst: readonly ChallengeWindowSize[] = ['03', '04', '02', '01']
  const fits = (size: ChallengeWindowSize): boolean => {
    const window = challengeWindows[size]
    return window !== null && window.width <= width && window.height <= height
  }
  return largestFirst.find(fits) ?? '05'
}
