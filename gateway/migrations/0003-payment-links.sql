-- Pages that may be shared, each selling the same products to whoever opens it.
CREATE TABLE payment_links (
  merchant_id text NOT NULL REFERENCES merchants,
  link_id text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('test', 'live')),
  name text NOT NULL,
  -- Only ever read whole, as is the customization.
  items json NOT NULL,
  currency text NOT NULL,
  pricing_mode text NOT NULL CHECK (pricing_mode IN ('tax_exclusive', 'tax_inclusive')),
  customization json,
  status text NOT NULL CHECK (status IN ('active', 'archived')),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (merchant_id, link_id)
);
