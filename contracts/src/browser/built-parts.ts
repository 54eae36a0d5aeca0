import type { PartPlace } from './load-part.ts'

/** Written in by `tools/build-browser.ts`. */
declare const FRAMES_PLACE: PartPlace
declare const PROOF_PLACE: PartPlace

export const framesPlace = (): PartPlace => FRAMES_PLACE
export const proofPlace = (): PartPlace => PROOF_PLACE
