import { expect, it } from 'vitest'
import { type MerchantId, trustedId } from '../ids.ts'
import { customerOfEmail } from './customer-of-email.ts'
import { paymentMethodIdOf } from './payment-method.ts'

const shop = { merchantId: trustedId<MerchantId>('mer_1'), mode: 'test' as const }
const strangers = [
  { ...shop, mode: 'live' as const },
  { ...shop, merchantId: trustedId<MerchantId>('mer_2') },
]

it('an e-mail address is one customer, however it is written', () => {
  const ann = customerOfEmail(shop, 'ann@shop.example')
  // Cards are saved under this name: another one would lose them.
  expect(ann).toBe('cus_qn5vhv2kyx30jg1n7dffjc71sg')
  for (const same of ['ANN@Shop.example', '  ann@shop.example\n']) expect(customerOfEmail(shop, same)).toBe(ann)
  expect(customerOfEmail(shop, 'a.nn@shop.example')).not.toBe(ann)
})

it('one address is another customer to another merchant, and in the other mode', () => {
  const customers = [shop, ...strangers].map((owner) => customerOfEmail(owner, 'ann@shop.example'))
  expect(new Set(customers).size).toBe(3)
})

it('a card that a customer saves twice is one payment method; another card, customer, merchant or mode makes it another', () => {
  const [ann, bea] = [customerOfEmail(shop, 'ann@shop.example'), customerOfEmail(shop, 'bea@shop.example')]
  const id = paymentMethodIdOf(shop, ann, trustedId('fp_1'))
  expect(id).toMatch(/^pmi_[0-9a-z]{26}$/)
  expect(paymentMethodIdOf(shop, ann, trustedId('fp_1'))).toBe(id)
  const others = [
    paymentMethodIdOf(shop, ann, trustedId('fp_2')),
    paymentMethodIdOf(shop, bea, trustedId('fp_1')),
    ...strangers.map((owner) => paymentMethodIdOf(owner, ann, trustedId('fp_1'))),
  ]
  expect(new Set([id, ...others]).size).toBe(5)
})
