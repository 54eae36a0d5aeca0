-- An authentication of a shopper (3-D Secure), for one amount of one payment. `session_digest` stands for the id of the
-- shopper's page. The issuer's proof in `result` is sealed. Its deadline is the payment's own, `payments.due_at`.

CREATE TABLE authentications (
  merchant_id text NOT NULL,
  payment_id text NOT NULL,
  authentication_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  session_digest text NOT NULL,
  state text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  currency text NOT NULL,
  challenge_mandated boolean NOT NULL,
  required boolean NOT NULL,
  version text,
  method_completion text,
  requested_by text,
  challenge json,
  issuer_text text,
  result json,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, payment_id, authentication_id)
);
CREATE INDEX authentications_session ON authentications (session_digest);
-- The issuer's result names nothing else.
CREATE INDEX authentications_transaction ON authentications (authentication_id);

ALTER TABLE payments
  -- What the payment itself remembers of its authentication, and what was asked for: null in nearly all.
  ADD COLUMN authentication json,
  ADD COLUMN authentication_wish json;

ALTER TABLE operations
  -- The attempt whose hold this one uses: a card's second try, after its first was declined for want of authentication.
  ADD COLUMN hold_id text,
  ADD COLUMN hold_ends_at bigint,
  ADD COLUMN authentication json;

-- What an operator has set; what is missing is as the release has it.
ALTER TABLE merchants ADD COLUMN three_d_secure_settings jsonb;
