import type { Books } from '../books.ts'

/** Two books that do not say the same, or one that cannot be true. */
export interface Disagreement {
  /** The order's name, where it belongs to one. */
  order: string | null
  what: string
}

/** One promise, checked on all books at once. */
export type Check = (books: Books) => Disagreement[]
