/** A promise that was not kept. */
export interface Violation {
  promise: string
  what: string
}
export type Found = (promise: string, what: string) => void
