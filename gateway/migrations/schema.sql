-- The gateway's database after all migrations. Written by `node tools/emit-schema.ts`, for reading only.

create table api_keys (
  merchant_id text not null,
  key_id text not null,
  kind text not null,
  mode text not null,
  hash text not null,
  public_text text,
  hint text not null,
  scopes text[] not null,
  allowed_origins text[],
  expires_at bigint,
  revoked_at bigint,
  created_at bigint not null,
  constraint api_keys_kind_check CHECK (kind = ANY (ARRAY['publishable'::text, 'secret'::text])),
  constraint api_keys_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(merchant_id),
  constraint api_keys_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint api_keys_pkey PRIMARY KEY (merchant_id, key_id)
);
create unique index api_keys_hash on api_keys using btree (hash);

create table authentications (
  merchant_id text not null,
  payment_id text not null,
  authentication_id text not null,
  mode text not null,
  session_digest text not null,
  state text not null,
  amount_minor bigint not null,
  currency text not null,
  challenge_mandated boolean not null,
  required boolean not null,
  version text,
  method_completion text,
  requested_by text,
  challenge json,
  issuer_text text,
  result json,
  created_at bigint not null,
  updated_at bigint not null,
  constraint authentications_amount_minor_check CHECK (amount_minor >= 0),
  constraint authentications_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint authentications_pkey PRIMARY KEY (merchant_id, payment_id, authentication_id)
);
create index authentications_session on authentications using btree (session_digest);
create index authentications_transaction on authentications using btree (authentication_id);

create table card_settlements (
  merchant_id text not null,
  card_id text not null,
  mode text not null,
  tries integer not null,
  due_at bigint not null,
  lease_until bigint not null default 0,
  constraint card_settlements_pkey PRIMARY KEY (merchant_id, card_id)
);
create index card_settlements_due on card_settlements using btree (due_at);

create table connectors (
  merchant_id text not null,
  connector_id text not null,
  mode text not null,
  connector text not null,
  status text not null,
  created_at bigint not null,
  constraint connectors_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(merchant_id),
  constraint connectors_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint connectors_pkey PRIMARY KEY (merchant_id, connector_id),
  constraint connectors_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text]))
);

create table deliveries (
  merchant_id text not null,
  event_id text not null,
  endpoint_id text not null,
  payment_id text not null,
  sequence integer not null,
  mode text not null,
  state text not null,
  tries integer not null,
  due_at bigint,
  lease_until bigint not null default 0,
  last_status integer,
  last_error text,
  created_at bigint not null,
  updated_at bigint not null,
  constraint deliveries_pkey PRIMARY KEY (merchant_id, event_id, endpoint_id),
  constraint deliveries_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'given_up'::text]))
);
create index deliveries_backlog on deliveries using btree (merchant_id, endpoint_id, event_id) WHERE ((state = 'waiting'::text) AND (due_at IS NULL));
create index deliveries_due on deliveries using btree (due_at) WHERE (due_at IS NOT NULL);

create table delivery_tries (
  merchant_id text not null,
  event_id text not null,
  endpoint_id text not null,
  try integer not null,
  status integer,
  error text,
  response_start text,
  duration_ms integer not null,
  created_at bigint not null,
  constraint delivery_tries_pkey PRIMARY KEY (merchant_id, event_id, endpoint_id, try)
);
create index delivery_tries_endpoint on delivery_tries using btree (merchant_id, endpoint_id, created_at);

create table event_feeds (
  merchant_id text not null,
  mode text not null,
  last_position bigint not null,
  constraint event_feeds_pkey PRIMARY KEY (merchant_id, mode)
);

create table event_places (
  merchant_id text not null,
  mode text not null,
  "position" bigint not null,
  event_id text not null,
  constraint event_places_pkey PRIMARY KEY (merchant_id, mode, "position")
);
create unique index event_places_id on event_places using btree (merchant_id, event_id);

create table events (
  merchant_id text not null,
  payment_id text not null,
  sequence integer not null,
  event_id text not null,
  mode text not null,
  type text not null,
  snapshot json not null,
  created_at bigint not null,
  public_sequence integer,
  constraint events_pkey PRIMARY KEY (merchant_id, payment_id, sequence)
);
create unique index events_id on events using btree (merchant_id, event_id);

create table events_to_place (
  merchant_id text not null,
  mode text not null,
  created_at bigint not null,
  event_id text not null,
  constraint events_to_place_pkey PRIMARY KEY (merchant_id, mode, created_at, event_id)
);

create table flows (
  merchant_id text not null,
  mode text not null,
  flow_id text not null,
  connector_id text not null,
  capture_method text not null,
  is_default boolean not null,
  status text not null,
  created_at bigint not null,
  constraint flows_capture_method_check CHECK (capture_method = ANY (ARRAY['automatic'::text, 'manual'::text])),
  constraint flows_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(merchant_id),
  constraint flows_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint flows_pkey PRIMARY KEY (merchant_id, mode, flow_id),
  constraint flows_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text]))
);

create table idempotency_keys (
  merchant_id text not null,
  mode text not null,
  key text not null,
  fingerprint text not null,
  payment_id text,
  operation_id text,
  run_id text,
  status smallint,
  body text,
  sealed_body bytea,
  created_at bigint not null,
  constraint idempotency_keys_check CHECK ((payment_id IS NULL) <> (run_id IS NULL)),
  constraint idempotency_keys_check1 CHECK (body IS NULL OR sealed_body IS NULL),
  constraint idempotency_keys_pkey PRIMARY KEY (merchant_id, mode, key)
);
create index idempotency_keys_created on idempotency_keys using btree (created_at);

create table key_revision (
  name text not null,
  revision text not null,
  constraint key_revision_pkey PRIMARY KEY (name)
);

create table ledger_entries (
  merchant_id text not null,
  operation_id text not null,
  line smallint not null,
  payment_id text not null,
  mode text not null,
  account text not null,
  currency text not null,
  amount_minor bigint not null,
  created_at bigint not null,
  constraint ledger_entries_amount_minor_check CHECK (amount_minor <> 0),
  constraint ledger_entries_pkey PRIMARY KEY (merchant_id, operation_id, line)
);

create table merchants (
  merchant_id text not null,
  name text not null,
  status text not null,
  s2s_enabled boolean not null,
  numeric_external_ids boolean not null default false,
  return_signing_secret bytea not null,
  created_at bigint not null,
  updated_at bigint not null,
  tax_settings jsonb,
  three_d_secure_settings jsonb,
  origins text[],
  constraint merchants_pkey PRIMARY KEY (merchant_id),
  constraint merchants_status_check CHECK (status = ANY (ARRAY['active'::text, 'inactive'::text]))
);

create table operations (
  merchant_id text not null,
  payment_id text not null,
  operation_id text not null,
  mode text not null,
  kind text not null,
  state text not null,
  amount_minor bigint not null,
  currency text not null,
  connector text not null,
  final boolean not null,
  releases_minor bigint not null,
  reason text,
  saves jsonb,
  acquirer_reference text,
  network_transaction_id text,
  failure jsonb,
  inquiries integer not null,
  fenced_at bigint,
  due_at bigint,
  lease_until bigint not null default 0,
  created_at bigint not null,
  updated_at bigint not null,
  begun_by text,
  tax_minor bigint,
  settled_at bigint,
  paid_out_at bigint,
  hold_id text,
  hold_ends_at bigint,
  authentication json,
  constraint operations_amount_minor_check CHECK (amount_minor > 0),
  constraint operations_kind_check CHECK (kind = ANY (ARRAY['authorize'::text, 'capture'::text, 'reversal'::text, 'refund'::text])),
  constraint operations_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint operations_pkey PRIMARY KEY (merchant_id, payment_id, operation_id),
  constraint operations_releases_minor_check CHECK (releases_minor >= 0),
  constraint operations_state_check CHECK (state = ANY (ARRAY['sending'::text, 'unknown'::text, 'pending'::text, 'approved'::text, 'declined'::text])),
  constraint operations_tax_minor_check CHECK (tax_minor >= 0)
);
create index operations_due on operations using btree (due_at) WHERE (due_at IS NOT NULL);
create index operations_id on operations using btree (merchant_id, operation_id) WHERE (kind = ANY (ARRAY['authorize'::text, 'capture'::text]));

create table payment_links (
  merchant_id text not null,
  link_id text not null,
  mode text not null,
  name text not null,
  items json not null,
  currency text not null,
  pricing_mode text not null,
  customization json,
  status text not null,
  created_at bigint not null,
  updated_at bigint not null,
  constraint payment_links_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(merchant_id),
  constraint payment_links_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint payment_links_pkey PRIMARY KEY (merchant_id, link_id),
  constraint payment_links_pricing_mode_check CHECK (pricing_mode = ANY (ARRAY['tax_exclusive'::text, 'tax_inclusive'::text])),
  constraint payment_links_status_check CHECK (status = ANY (ARRAY['active'::text, 'archived'::text]))
);
create index payment_links_public on payment_links using btree (link_id);

create table payment_methods (
  merchant_id text not null,
  payment_method_id text not null,
  mode text not null,
  customer_id text not null,
  card_id text not null,
  fingerprint_id text not null,
  connector_id text not null,
  card jsonb not null,
  network_transaction_id text,
  status text not null,
  blocked_reason text,
  saved_at bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  constraint payment_methods_pkey PRIMARY KEY (merchant_id, payment_method_id),
  constraint payment_methods_status_check CHECK (status = ANY (ARRAY['active'::text, 'blocked'::text]))
);
create index payment_methods_card on payment_methods using btree (merchant_id, card_id);
create index payment_methods_customer on payment_methods using btree (merchant_id, mode, customer_id);

create table payments (
  merchant_id text not null,
  payment_id text not null,
  mode text not null,
  version integer not null,
  state text not null,
  currency text not null,
  amount_minor bigint not null,
  authorized_minor bigint not null,
  captured_minor bigint not null,
  capturing_minor bigint not null,
  reversed_minor bigint not null,
  reversing_minor bigint not null,
  refunded_minor bigint not null,
  refunding_minor bigint not null,
  capture_method text not null,
  payment_type text not null,
  initiator text not null,
  flow_id text not null,
  connector_id text not null,
  connector text not null,
  external_id text,
  product_name text,
  metadata jsonb,
  customer_id text,
  name text,
  email text,
  tel text,
  return_url text,
  save_card boolean not null,
  payment_method_id text,
  card jsonb,
  failure jsonb,
  capture_before bigint,
  due_at bigint,
  last_sequence integer not null,
  created_at bigint not null,
  updated_at bigint not null,
  order_details json,
  confirmation text not null default 'automatic'::text,
  held jsonb,
  failure_url text,
  checkout json,
  dispute json,
  timeline json,
  settled_minor bigint not null default 0,
  paid_out_minor bigint not null default 0,
  disputed_minor bigint not null default 0,
  last_public_sequence integer,
  authentication json,
  authentication_wish json,
  constraint payments_after_capture CHECK (captured_minor >= (refunded_minor + refunding_minor + disputed_minor)) NOT VALID,
  constraint payments_amount_minor_check CHECK (amount_minor >= 0),
  constraint payments_authorized_minor_check CHECK (authorized_minor >= 0),
  constraint payments_capture_method_check CHECK (capture_method = ANY (ARRAY['automatic'::text, 'manual'::text])),
  constraint payments_captured_minor_check CHECK (captured_minor >= 0),
  constraint payments_capturing_minor_check CHECK (capturing_minor >= 0),
  constraint payments_check CHECK (authorized_minor >= (captured_minor + capturing_minor + reversed_minor + reversing_minor)),
  constraint payments_check1 CHECK (captured_minor >= (refunded_minor + refunding_minor)),
  constraint payments_confirmation_check CHECK (confirmation = ANY (ARRAY['automatic'::text, 'manual'::text])),
  constraint payments_disputed_minor_check CHECK (disputed_minor >= 0),
  constraint payments_initiator_check CHECK (initiator = ANY (ARRAY['customer'::text, 'merchant'::text])),
  constraint payments_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint payments_paid_out_minor_check CHECK (paid_out_minor >= 0),
  constraint payments_payment_type_check CHECK (payment_type = ANY (ARRAY['token'::text, 'recurring'::text, 'single'::text, 'initial'::text])),
  constraint payments_pkey PRIMARY KEY (merchant_id, payment_id),
  constraint payments_refunded_minor_check CHECK (refunded_minor >= 0),
  constraint payments_refunding_minor_check CHECK (refunding_minor >= 0),
  constraint payments_reversed_minor_check CHECK (reversed_minor >= 0),
  constraint payments_reversing_minor_check CHECK (reversing_minor >= 0),
  constraint payments_settled CHECK (captured_minor >= settled_minor AND settled_minor >= paid_out_minor) NOT VALID,
  constraint payments_settled_minor_check CHECK (settled_minor >= 0),
  constraint payments_state_check CHECK (state = ANY (ARRAY['created'::text, 'requires_action'::text, 'requires_confirmation'::text, 'processing'::text, 'authorized'::text, 'captured'::text, 'failed'::text, 'canceled'::text, 'expired'::text]))
);
create index payments_customer on payments using btree (merchant_id, mode, customer_id) WHERE (customer_id IS NOT NULL);
create index payments_due on payments using btree (due_at) WHERE (due_at IS NOT NULL);
create index payments_external_id on payments using btree (merchant_id, mode, external_id) WHERE (external_id IS NOT NULL);
create index payments_held on payments using btree (merchant_id, ((held ->> 'attemptId'::text))) WHERE (held IS NOT NULL);
create index payments_hosted on payments using btree (payment_id) WHERE (payment_type = ANY (ARRAY['single'::text, 'initial'::text]));

create table receipts (
  merchant_id text not null,
  payment_id text not null,
  tries integer not null,
  due_at bigint,
  lease_until bigint not null default 0,
  sent_at bigint,
  created_at bigint not null,
  constraint receipts_pkey PRIMARY KEY (merchant_id, payment_id)
);
create index receipts_due on receipts using btree (due_at) WHERE (due_at IS NOT NULL);

create table report_cursors (
  merchant_id text not null,
  mode text not null,
  connector_id text not null,
  "position" bigint not null,
  due_at bigint not null,
  lease_until bigint not null default 0,
  constraint report_cursors_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint report_cursors_pkey PRIMARY KEY (merchant_id, mode, connector_id)
);
create index report_cursors_due on report_cursors using btree (due_at);

create table webhook_endpoints (
  merchant_id text not null,
  endpoint_id text not null,
  mode text not null,
  dialect text not null,
  url text not null,
  description text,
  secret bytea not null,
  previous_secret bytea,
  previous_secret_until bigint,
  event_types text[],
  status text not null,
  disabled_reason text,
  failing_since bigint,
  created_at bigint not null,
  updated_at bigint not null,
  constraint webhook_endpoints_dialect_check CHECK (dialect = ANY (ARRAY['v1'::text, 'inflow'::text])),
  constraint webhook_endpoints_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint webhook_endpoints_pkey PRIMARY KEY (merchant_id, endpoint_id),
  constraint webhook_endpoints_status_check CHECK (status = ANY (ARRAY['enabled'::text, 'disabled'::text]))
);
