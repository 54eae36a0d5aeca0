/**
 * `POST /v1/tokens` as the OpenAPI document tells it. The vault serves it and shares no code with the gateway, so it is
 * written by hand, from the contract.
 */

const cardFace = {
  type: 'object',
  required: ['bin', 'last4', 'brand', 'exp_month', 'exp_year'],
  properties: {
    bin: { type: 'string', description: 'The first six digits.', examples: ['424242'] },
    last4: { type: 'string', examples: ['4242'] },
    brand: { type: 'string', examples: ['visa'] },
    exp_month: { type: 'integer' },
    exp_year: { type: 'integer' },
  },
}

const challenge = {
  type: 'object',
  description:
    'A proof of work. Find a number for which the SHA-256 of `<text>.<number>` begins with `bits` zero bits, and repeat the request ' +
    'with the header `Tessera-Challenge-Answer: <text>.<number>`. Good for one token.',
  required: ['algorithm', 'text', 'bits', 'expires_at'],
  properties: {
    algorithm: { type: 'string', const: 'sha256' },
    text: { type: 'string' },
    bits: { type: 'integer', minimum: 14, maximum: 20 },
    expires_at: { type: 'string', format: 'date-time' },
  },
}

export const tokenSchemas = {
  TokenHeldBack: {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['type', 'code', 'message', 'request_id', 'doc_url'],
        properties: {
          type: { type: 'string' },
          code: { type: 'string', enum: ['rate_limited', 'challenge_required'] },
          message: { type: 'string' },
          request_id: { type: 'string' },
          doc_url: { type: 'string' },
          challenge,
        },
      },
    },
  },
  TokenCreate: {
    type: 'object',
    required: ['card'],
    properties: {
      card: {
        type: 'object',
        required: ['number', 'exp_month', 'exp_year', 'cvc'],
        properties: {
          number: {
            type: 'string',
            description: 'May hold spaces or dashes.',
            examples: ['4242 4242 4242 4242'],
          },
          exp_month: { type: ['integer', 'string'], examples: [12] },
          exp_year: { type: ['integer', 'string'], description: 'Four digits.', examples: [2030] },
          cvc: { type: 'string', examples: ['123'] },
          cardholder_name: { type: 'string' },
        },
      },
    },
  },
  Token: {
    type: 'object',
    required: ['id', 'card', 'connector_id', 'created_at', 'expires_at'],
    properties: {
      id: { type: 'string', description: 'tok_…; valid for 30 minutes and one payment attempt.' },
      card: cardFace,
      connector_id: { type: ['string', 'null'] },
      created_at: { type: 'string', format: 'date-time' },
      expires_at: { type: 'string', format: 'date-time' },
    },
  },
}

const json = (name: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } })
const error = (description: string) => ({ description, content: json('Error') })

export const createTokenOperation = {
  operationId: 'createToken',
  tags: ['Tokens'],
  summary: 'Turn a card into a token',
  description:
    'Served by the vault, from any origin, with a publishable key. It asks no issuer. Idempotency-Key is not honoured here.',
  servers: [{ url: 'http://127.0.0.1:8081', description: 'The vault of a local installation', 'x-internal': false }],
  security: [{ publishableKey: [] }],
  parameters: [
    {
      name: 'Tessera-Challenge-Answer',
      in: 'header',
      required: false,
      description: 'The answer of a challenge that this request was asked before.',
      schema: { type: 'string' },
    },
  ],
  requestBody: { required: true, content: json('TokenCreate') },
  responses: {
    '201': { description: 'Created.', content: json('Token') },
    '400': error('A card field is wrong; `details` lists all of them.'),
    '401': error('The key is missing, malformed, unknown, revoked or expired.'),
    '403': error('The key may not create tokens here.'),
    '413': error('The body is larger than 64 KB.'),
    '415': error('The body is not JSON.'),
    '429': {
      description:
        'This key sends more requests than it may (`rate_limited`), or a proof of work is asked for (`challenge_required`): repeat the ' +
        'request with its answer. The browser SDK does so by itself.',
      content: json('TokenHeldBack'),
    },
    '503': error('The vault is too busy, or not ready.'),
  },
}
