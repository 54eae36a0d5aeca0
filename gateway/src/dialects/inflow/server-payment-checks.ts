import type { Mode } from '@tessera/contracts/vault-protocol'
import type { Faults } from '../../http/form.ts'
import type { JsonObject } from '../../http/json-object.ts'
import { returnUrlFault } from '../../http/return-url.ts'
import { checkCountry, checkProducts, checkTexts } from './fields.ts'

const isGiven = (value: unknown): boolean => value !== undefined && value !== null
const isEmpty = (value: unknown): boolean => !isGiven(value) || (typeof value === 'string' && value.trim() === '')

const texts = ['customerEmail', 'postalCode', 'businessName', 'taxId', 'firstName', 'lastName'] as const

/** What is asked of products and buyer in every request. */
export function checkOrderFields(body: JsonObject, faults: Faults): void {
  checkProducts(body, faults)
  checkCountry('billingCountry', body.billingCountry, faults)
  checkTexts(body, texts, faults)
}

/** What one field asks of another when a payment is made. */
export function checkBuyer(body: JsonObject, faults: Faults): void {
  const isAmerican = typeof body.billingCountry === 'string' && body.billingCountry.toUpperCase() === 'US'
  if (isAmerican && isEmpty(body.postalCode)) faults.add('postalCode', 'should not be empty')
  if (body.purchasingAsBusiness !== true) return
  for (const name of ['businessName', 'taxId']) {
    if (isEmpty(body[name])) faults.add(name, 'should not be empty')
  }
}

/** One card, from one place. */
export function checkCardChoice(body: JsonObject, hasCard: boolean, faults: Faults): void {
  const usesSaved = body.useCustomerPaymentMethod === true
  if (body.savePaymentMethod === true && usesSaved) {
    faults.add('savePaymentMethod', 'must not be true together with useCustomerPaymentMethod')
  }
  if (usesSaved && hasCard) faults.add('useCustomerPaymentMethod', 'must not be true together with card')
  if (isGiven(body.paymentMethodId) && hasCard) {
    faults.add('paymentMethodId', 'must not be sent together with card')
  }
  if (isGiven(body.paymentMethodId) && body.savePaymentMethod === true) {
    faults.add('savePaymentMethod', 'must not be true together with paymentMethodId')
  }
}

export function checkUrl(param: string, value: unknown, mode: Mode, faults: Faults): void {
  if (typeof value !== 'string') return
  checkTexts({ [param]: value }, [param], faults)
  const fault = returnUrlFault(value, mode)
  if (fault !== null) faults.add(param, `must be a URL address: it ${fault.replace(/\.$/, '')}`)
}
