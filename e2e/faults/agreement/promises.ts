import type { Books } from '../books.ts'
import type { Check, Disagreement } from './disagreement.ts'
import { agreesWithAcquirer } from './with-acquirer.ts'
import { keepsItsWord } from './with-shops.ts'
import { eventsAreComplete, ledgerAddsUp, nothingIsStuck, savedCardsAgree } from './within-gateway.ts'

/** What must be true of all books together once all is quiet. */
export const promises: Readonly<Record<string, Check>> = {
  'the acquirer’s ledger and the gateway agree, payment by payment': agreesWithAcquirer,
  'what a shop was told is still true, and one key stands for one payment': keepsItsWord,
  'nothing is stuck': nothingIsStuck,
  'the ledger sums to zero and holds what was earned': ledgerAddsUp,
  'events are numbered without gaps and reached the receiver': eventsAreComplete,
  'a card is in the vault exactly where a saved card refers to it': savedCardsAgree,
}

/** By promise; an empty list where it is kept. */
export function findDisagreements(books: Books): Record<string, Disagreement[]> {
  return Object.fromEntries(Object.entries(promises).map(([promise, check]) => [promise, check(books)]))
}
