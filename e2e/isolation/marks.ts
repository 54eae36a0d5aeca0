import { randomInt } from 'node:crypto'
import { freshLookAlike, freshNumber } from '../harness/cards.ts'
import { formsOf, securityCodeForms } from './forms.ts'
import type { Needle } from './search.ts'

/** A card that takes one path through the product, so that a leak tells which way it came. */
export interface MarkedCard {
  path: string
  number: string
  cvc: string
}

/** Fresh in each run: nothing that an earlier run left behind is found, and nothing of this run is missed. */
export class Marks {
  readonly #cards: MarkedCard[] = []
  /** Looks like a card number and is none, so it may be stored: what a search must find, or it would find nothing. */
  readonly planted = freshLookAlike()

  /** The card that takes this path. */
  card(path: string, number = freshNumber()): MarkedCard {
    const card = { path, number, cvc: this.#freshCode(number) }
    this.#cards.push(card)
    return card
  }

  /** No two cards have the same; examples and documents say 123. */
  #freshCode(number: string): string {
    for (;;) {
      const code = String(isPublished(number) ? randomInt(2_000, 10_000) : randomInt(200, 1_000))
      if (!this.#cards.some((card) => card.cvc === code)) return code
    }
  }

  get paths(): string[] {
    return this.#cards.map((card) => card.path)
  }

  numberNeedles(): Needle[] {
    const fresh = this.#cards.filter((card) => !isPublished(card.number))
    return fresh.flatMap(({ path, number }) => needlesOf(path, formsOf(number)))
  }

  securityCodeNeedles(): Needle[] {
    return this.#cards.flatMap(({ path, cvc }) => needlesOf(`${path}: security code`, securityCodeForms(cvc)))
  }

  plantedNeedles(): Needle[] {
    return needlesOf('planted', formsOf(this.planted))
  }
}

/** American Express has no reserved range: its published test numbers stand in the sources themselves. */
const isPublished = (number: string): boolean => number.startsWith('3')

function needlesOf(name: string, forms: Map<string, Buffer>): Needle[] {
  return [...forms].map(([form, bytes]) => ({ name, form, bytes }))
}
