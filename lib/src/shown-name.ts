const shape = /^[A-Za-z_][\w-]{0,39}$/
const digitsMax = 6

/** A member's name as it may be told back and logged: one that may carry data, as a card number, is shown as `?`. */
export function shownName(name: string): string {
  return shape.test(name) && name.replace(/\D/g, '').length <= digitsMax ? name : '?'
}
