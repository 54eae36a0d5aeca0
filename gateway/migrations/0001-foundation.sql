-- Portable subset only (see docs/operating/database.md): ids are made by the application, merchant_id leads every key, no
-- triggers, sequences, advisory locks or LISTEN. Times are milliseconds since the epoch; amounts are whole minor units.

CREATE TABLE merchants (
  merchant_id text PRIMARY KEY,
  name text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'inactive')),
  s2s_enabled boolean NOT NULL,
  -- An all-digit external_id may look like a card number; a merchant whose order ids are digits may allow them.
  numeric_external_ids boolean NOT NULL DEFAULT false,
  -- Sealed with the gateway's sealing key.
  return_signing_secret bytea NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);

CREATE TABLE api_keys (
  merchant_id text NOT NULL REFERENCES merchants,
  key_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('publishable', 'secret')),
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  -- SHA-256 of the key's whole text, hex. Keys hold 256 random bits, so a fast hash is enough (ASVS 6.5.2).
  hash text NOT NULL,
  -- A publishable key is public and shown at any time; a secret key is shown once and not kept.
  public_text text,
  -- The last four characters, to tell keys apart.
  hint text NOT NULL,
  scopes text[] NOT NULL,
  allowed_origins text[],
  expires_at bigint,
  revoked_at bigint,
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, key_id)
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

-- One row. Every change of a key or a merchant writes a new value; gateways compare it once a second.
CREATE TABLE key_revision (
  name text PRIMARY KEY,
  revision text NOT NULL
);

CREATE TABLE connectors (
  merchant_id text NOT NULL REFERENCES merchants,
  connector_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  connector text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'disabled')),
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, connector_id)
);

CREATE TABLE flows (
  merchant_id text NOT NULL REFERENCES merchants,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  flow_id text NOT NULL,
  connector_id text NOT NULL,
  capture_method text NOT NULL CHECK (capture_method IN ('automatic', 'manual')),
  is_default boolean NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'disabled')),
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, mode, flow_id)
);

CREATE TABLE payments (
  merchant_id text NOT NULL,
  payment_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  version integer NOT NULL,
  state text NOT NULL CHECK (state IN ('created', 'requires_action', 'requires_confirmation', 'processing', 'authorized', 'captured', 'failed', 'canceled', 'expired')),
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  authorized_minor bigint NOT NULL CHECK (authorized_minor >= 0),
  captured_minor bigint NOT NULL CHECK (captured_minor >= 0),
  capturing_minor bigint NOT NULL CHECK (capturing_minor >= 0),
  reversed_minor bigint NOT NULL CHECK (reversed_minor >= 0),
  reversing_minor bigint NOT NULL CHECK (reversing_minor >= 0),
  refunded_minor bigint NOT NULL CHECK (refunded_minor >= 0),
  refunding_minor bigint NOT NULL CHECK (refunding_minor >= 0),
  capture_method text NOT NULL CHECK (capture_method IN ('automatic', 'manual')),
  payment_type text NOT NULL CHECK (payment_type IN ('token', 'recurring', 'single', 'initial')),
  initiator text NOT NULL CHECK (initiator IN ('customer', 'merchant')),
  flow_id text NOT NULL,
  connector_id text NOT NULL,
  connector text NOT NULL,
  external_id text,
  product_name text,
  metadata jsonb,
  customer_id text,
  name text,
  email text,
  tel text,
  return_url text,
  save_card boolean NOT NULL,
  payment_method_id text,
  card jsonb,
  failure jsonb,
  capture_before bigint,
  due_at bigint,
  last_sequence integer NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, payment_id),
  CHECK (authorized_minor >= captured_minor + capturing_minor + reversed_minor + reversing_minor),
  CHECK (captured_minor >= refunded_minor + refunding_minor)
) WITH (fillfactor = 80);
CREATE INDEX payments_external_id ON payments (merchant_id, mode, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX payments_customer ON payments (merchant_id, mode, customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE operations (
  merchant_id text NOT NULL,
  payment_id text NOT NULL,
  operation_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  kind text NOT NULL CHECK (kind IN ('authorize', 'capture', 'reversal', 'refund')),
  state text NOT NULL CHECK (state IN ('sending', 'unknown', 'pending', 'approved', 'declined')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  connector text NOT NULL,
  final boolean NOT NULL,
  releases_minor bigint NOT NULL CHECK (releases_minor >= 0),
  reason text,
  saves jsonb,
  acquirer_reference text,
  network_transaction_id text,
  failure jsonb,
  inquiries integer NOT NULL,
  fenced_at bigint,
  due_at bigint,
  lease_until bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, payment_id, operation_id)
) WITH (fillfactor = 80);
-- The worker asks by attempt alone which claims of the vault never came to be.
CREATE INDEX operations_id ON operations (merchant_id, operation_id) WHERE kind = 'authorize';
CREATE INDEX operations_due ON operations (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE ledger_entries (
  merchant_id text NOT NULL,
  operation_id text NOT NULL,
  line smallint NOT NULL,
  payment_id text NOT NULL,
  mode text NOT NULL,
  account text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, operation_id, line)
);

CREATE TABLE events (
  merchant_id text NOT NULL,
  payment_id text NOT NULL,
  sequence integer NOT NULL,
  event_id text NOT NULL,
  mode text NOT NULL,
  type text NOT NULL,
  -- Only ever read whole: taking it apart for jsonb would cost more than all other columns together.
  snapshot json NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, payment_id, sequence)
);
CREATE UNIQUE INDEX events_id ON events (merchant_id, event_id);

-- Each merchant's feed. Places are given after the commit, so that no row lock serialises a merchant's payments, and lie
-- beside the events: an event is wide, and is written once.
CREATE TABLE event_feeds (
  merchant_id text NOT NULL,
  mode text NOT NULL,
  last_position bigint NOT NULL,
  PRIMARY KEY (merchant_id, mode)
);

CREATE TABLE event_places (
  merchant_id text NOT NULL,
  mode text NOT NULL,
  position bigint NOT NULL,
  event_id text NOT NULL,
  PRIMARY KEY (merchant_id, mode, position)
);
CREATE UNIQUE INDEX event_places_id ON event_places (merchant_id, event_id);

CREATE TABLE events_to_place (
  merchant_id text NOT NULL,
  mode text NOT NULL,
  created_at bigint NOT NULL,
  event_id text NOT NULL,
  PRIMARY KEY (merchant_id, mode, created_at, event_id)
);

-- A key stands for a write to a payment, whose commits store the answer, or for one run of any other request.
CREATE TABLE idempotency_keys (
  merchant_id text NOT NULL,
  mode text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  payment_id text,
  operation_id text,
  run_id text,
  status smallint,
  body text,
  -- In the place of body where the answer holds a secret. Sealed with the gateway's sealing key.
  sealed_body bytea,
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, mode, key),
  CHECK ((payment_id IS NULL) <> (run_id IS NULL)),
  CHECK (body IS NULL OR sealed_body IS NULL)
) WITH (fillfactor = 70);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE payment_methods (
  merchant_id text NOT NULL,
  payment_method_id text NOT NULL,
  mode text NOT NULL,
  customer_id text NOT NULL,
  card_id text NOT NULL,
  fingerprint_id text NOT NULL,
  connector_id text NOT NULL,
  card jsonb NOT NULL,
  network_transaction_id text,
  -- A deleted one leaves the table; its card is erased in the vault.
  status text NOT NULL CHECK (status IN ('active', 'blocked')),
  blocked_reason text,
  -- When it was last saved with a payment: the newest is the customer's default.
  saved_at bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, payment_method_id)
);
CREATE INDEX payment_methods_customer ON payment_methods (merchant_id, mode, customer_id);
CREATE INDEX payment_methods_card ON payment_methods (merchant_id, card_id);

-- A vault card whose fate is decided: activated where a payment method refers to it, else erased. The row is the job.
CREATE TABLE card_settlements (
  merchant_id text NOT NULL,
  card_id text NOT NULL,
  mode text NOT NULL,
  tries integer NOT NULL,
  due_at bigint NOT NULL,
  lease_until bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_id, card_id)
);
CREATE INDEX card_settlements_due ON card_settlements (due_at);

CREATE TABLE webhook_endpoints (
  merchant_id text NOT NULL,
  endpoint_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  dialect text NOT NULL CHECK (dialect IN ('v1', 'inflow')),
  url text NOT NULL,
  description text,
  -- Sealed with the gateway's sealing key.
  secret bytea NOT NULL,
  previous_secret bytea,
  previous_secret_until bigint,
  event_types text[],
  status text NOT NULL CHECK (status IN ('enabled', 'disabled')),
  disabled_reason text,
  -- Start of an unbroken row of failures.
  failing_since bigint,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, endpoint_id)
);

CREATE TABLE deliveries (
  merchant_id text NOT NULL,
  event_id text NOT NULL,
  endpoint_id text NOT NULL,
  payment_id text NOT NULL,
  sequence integer NOT NULL,
  mode text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
  tries integer NOT NULL,
  due_at bigint,
  lease_until bigint NOT NULL DEFAULT 0,
  last_status integer,
  last_error text,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, event_id, endpoint_id)
) WITH (fillfactor = 70);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
-- Deliveries that were put off for an endpoint that has enough under way.
CREATE INDEX deliveries_backlog ON deliveries (merchant_id, endpoint_id, event_id) WHERE state = 'waiting' AND due_at IS NULL;

CREATE TABLE delivery_tries (
  merchant_id text NOT NULL,
  event_id text NOT NULL,
  endpoint_id text NOT NULL,
  try integer NOT NULL,
  status integer,
  error text,
  response_start text,
  duration_ms integer NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, event_id, endpoint_id, try)
);
CREATE INDEX delivery_tries_endpoint ON delivery_tries (merchant_id, endpoint_id, created_at);
