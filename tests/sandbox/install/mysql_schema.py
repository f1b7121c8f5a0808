"""The System database: tables shaped like 3scale's, its stored routine and its tenant triggers."""

ID = "`id` bigint(20) NOT NULL AUTO_INCREMENT"
STAMPS = "`created_at` datetime DEFAULT NULL, `updated_at` datetime DEFAULT NULL"
TENANT = "`tenant_id` bigint(20) DEFAULT NULL"
UTF8MB4 = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
UTF8 = "ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_bin"

# table -> (columns and keys, options)
TABLES = {
    "accounts": (f"""{ID}, `org_name` varchar(255) NOT NULL DEFAULT '', `org_legaladdress` varchar(255) DEFAULT '', {STAMPS},
        `provider` tinyint(1) DEFAULT 0, `buyer` tinyint(1) DEFAULT 0, `provider_account_id` bigint(20) DEFAULT NULL, `domain` varchar(255) DEFAULT NULL,
        `self_domain` varchar(255) DEFAULT NULL, `vat_rate` decimal(20,2) DEFAULT NULL, `state` varchar(255) NOT NULL, `extra_fields` text DEFAULT NULL,
        `s3_prefix` varchar(255) DEFAULT NULL, `credit_card_expires_on` date DEFAULT NULL, {TENANT}, PRIMARY KEY (`id`),
        UNIQUE KEY `index_accounts_on_domain` (`domain`), KEY `index_accounts_on_provider_account_id` (`provider_account_id`)""", UTF8MB4),
    "users": (f"""{ID}, `username` varchar(40) DEFAULT NULL, `email` varchar(255) DEFAULT NULL, `password_digest` varchar(255) DEFAULT NULL,
        `salt` varbinary(40) DEFAULT NULL, {STAMPS}, `account_id` bigint(20) DEFAULT NULL, `role` varchar(20) DEFAULT '', `state` varchar(255) DEFAULT NULL,
        `activated_at` datetime(6) DEFAULT NULL, `extra_fields` text DEFAULT NULL, {TENANT}, PRIMARY KEY (`id`), KEY `idx_users_account_id` (`account_id`),
        KEY `index_users_on_email` (`email`(191))""", UTF8MB4),
    "services": (f"""{ID}, `account_id` bigint(20) NOT NULL, `name` varchar(255) DEFAULT '', `system_name` varchar(255) NOT NULL, `description` text DEFAULT NULL,
        `state` varchar(255) NOT NULL DEFAULT 'incomplete', `backend_version` varchar(255) NOT NULL DEFAULT '1', `mandatory_app_key` tinyint(1) DEFAULT 1,
        `notification_settings` text DEFAULT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`), UNIQUE KEY `index_services_on_system_name` (`system_name`)""", UTF8MB4),
    "backend_apis": (f"""{ID}, `name` varchar(511) NOT NULL, `system_name` varchar(255) NOT NULL, `description` mediumtext DEFAULT NULL,
        `private_endpoint` varchar(255) DEFAULT NULL, `account_id` bigint(20) DEFAULT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "backend_api_configs": (f"""{ID}, `path` varchar(255) NOT NULL DEFAULT '', `service_id` bigint(20) DEFAULT NULL, `backend_api_id` bigint(20) DEFAULT NULL,
        {STAMPS}, {TENANT}, PRIMARY KEY (`id`), UNIQUE KEY `index_backend_api_configs` (`path`,`service_id`),
        CONSTRAINT `fk_config_service` FOREIGN KEY (`service_id`) REFERENCES `services` (`id`),
        CONSTRAINT `fk_config_backend` FOREIGN KEY (`backend_api_id`) REFERENCES `backend_apis` (`id`)""", UTF8MB4),
    "plans": (f"""{ID}, `issuer_id` bigint(20) NOT NULL, `issuer_type` varchar(255) NOT NULL, `name` varchar(255) DEFAULT NULL, `system_name` varchar(255) NOT NULL,
        `cost_per_month` decimal(20,8) NOT NULL DEFAULT 0.00000000, `setup_fee` decimal(20,8) NOT NULL DEFAULT 0.00000000, `position` int(11) DEFAULT 0,
        `type` varchar(255) DEFAULT NULL, `state` varchar(255) NOT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "cinstances": (f"""{ID}, `plan_id` bigint(20) NOT NULL, `user_account_id` bigint(20) DEFAULT NULL, `user_key` varchar(256) DEFAULT NULL,
        `application_id` varchar(255) DEFAULT NULL, `service_id` bigint(20) DEFAULT NULL, `name` varchar(255) DEFAULT NULL, `description` text DEFAULT NULL,
        `redirect_url` text DEFAULT NULL, `state` varchar(255) NOT NULL, `first_traffic_at` datetime DEFAULT NULL, `paid_until` datetime DEFAULT NULL,
        {STAMPS}, {TENANT}, PRIMARY KEY (`id`), KEY `index_cinstances_on_user_key` (`user_key`(191)), KEY `index_cinstances_on_plan_id` (`plan_id`)""", UTF8MB4),
    "application_keys": (f"""{ID}, `application_id` bigint(20) NOT NULL, `value` varchar(255) NOT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`),
        UNIQUE KEY `index_application_keys_on_application_id_and_value` (`application_id`,`value`)""", UTF8),
    "proxies": (f"""{ID}, `service_id` bigint(20) DEFAULT NULL, `endpoint` varchar(255) DEFAULT NULL, `sandbox_endpoint` varchar(255) DEFAULT NULL,
        `auth_app_key` varchar(255) DEFAULT 'app_key', `error_auth_failed` varchar(255) DEFAULT 'Authentication failed', `secret_token` varchar(255) NOT NULL,
        `policies_config` mediumtext DEFAULT NULL, `oidc_issuer_endpoint` text DEFAULT NULL, `lock_version` bigint(20) NOT NULL DEFAULT 0, {STAMPS}, {TENANT},
        PRIMARY KEY (`id`)""", UTF8MB4),
    "proxy_configs": (f"""{ID}, `proxy_id` bigint(20) NOT NULL, `user_id` bigint(20) DEFAULT NULL, `version` int(11) NOT NULL DEFAULT 0,
        `environment` varchar(255) NOT NULL, `content` mediumtext NOT NULL, `hosts` varchar(8192) DEFAULT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "proxy_rules": (f"""{ID}, `proxy_id` bigint(20) DEFAULT NULL, `http_method` varchar(255) DEFAULT NULL, `pattern` varchar(255) DEFAULT NULL,
        `metric_id` bigint(20) DEFAULT NULL, `delta` int(11) DEFAULT NULL, `position` int(11) DEFAULT NULL, `last` tinyint(1) DEFAULT 0, {STAMPS}, {TENANT},
        PRIMARY KEY (`id`)""", UTF8MB4),
    "metrics": (f"""{ID}, `system_name` varchar(255) DEFAULT NULL, `description` text DEFAULT NULL, `unit` varchar(255) DEFAULT NULL, `service_id` bigint(20) DEFAULT NULL,
        `parent_id` bigint(20) DEFAULT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "usage_limits": (f"""{ID}, `metric_id` bigint(20) DEFAULT NULL, `period` varchar(255) DEFAULT NULL, `value` bigint(20) unsigned DEFAULT NULL, `plan_id` bigint(20) DEFAULT NULL,
        {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8),
    "invoices": (f"""{ID}, `provider_account_id` bigint(20) DEFAULT NULL, `buyer_account_id` bigint(20) DEFAULT NULL, `friendly_id` varchar(255) NOT NULL DEFAULT 'fix',
        `period` date DEFAULT NULL, `state` varchar(255) NOT NULL DEFAULT 'open', `currency` char(3) DEFAULT NULL, `cost` decimal(20,4) DEFAULT NULL,
        `issued_on` date DEFAULT NULL, `finalized_at` datetime DEFAULT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "invoice_counters": (f"""{ID}, `provider_account_id` bigint(20) NOT NULL, `invoice_prefix` varchar(255) NOT NULL, `invoice_count` int(11) DEFAULT 0, {STAMPS},
        PRIMARY KEY (`id`), UNIQUE KEY `index_invoice_counters_provider_prefix` (`provider_account_id`,`invoice_prefix`(191))""", UTF8MB4),
    "line_items": (f"""{ID}, `invoice_id` bigint(20) DEFAULT NULL, `name` varchar(255) DEFAULT NULL, `description` varchar(255) DEFAULT NULL, `cost` decimal(20,4) NOT NULL DEFAULT 0.0000,
        `quantity` int(11) DEFAULT NULL, `type` varchar(255) DEFAULT '', {STAMPS}, {TENANT}, PRIMARY KEY (`id`),
        CONSTRAINT `fk_line_items_invoice` FOREIGN KEY (`invoice_id`) REFERENCES `invoices` (`id`) ON DELETE CASCADE""", UTF8MB4),
    "cms_templates": (f"""{ID}, `provider_id` bigint(20) NOT NULL, `type` varchar(255) DEFAULT NULL, `path` varchar(255) DEFAULT NULL, `title` varchar(255) DEFAULT NULL,
        `system_name` varchar(255) DEFAULT NULL, `published` longtext DEFAULT NULL, `draft` longtext DEFAULT NULL, `liquid_enabled` tinyint(1) DEFAULT NULL,
        `options` json DEFAULT NULL, {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "cms_files": (f"""{ID}, `provider_id` bigint(20) NOT NULL, `attachment_file_name` varchar(255) DEFAULT NULL, `attachment_content_type` varchar(255) DEFAULT NULL,
        `attachment_file_size` bigint(20) DEFAULT NULL, `random_secret` varchar(255) DEFAULT NULL, `path` varchar(255) DEFAULT NULL, {STAMPS}, {TENANT},
        PRIMARY KEY (`id`)""", UTF8MB4),
    "profile_images": ("""`digest` binary(16) NOT NULL, `account_id` bigint(20) NOT NULL, `thumbnail` tinyblob DEFAULT NULL, `image` longblob DEFAULT NULL,
        `etag` varbinary(64) NOT NULL, `quality` double DEFAULT NULL, PRIMARY KEY (`digest`,`account_id`)""", UTF8MB4),
    "access_tokens": (f"""{ID}, `owner_id` bigint(20) NOT NULL, `scopes` text DEFAULT NULL, `value` varchar(255) NOT NULL, `name` varchar(255) NOT NULL, `permission` varchar(255) NOT NULL,
        {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "event_store_events": (f"""{ID}, `stream` varchar(255) NOT NULL, `event_type` varchar(255) NOT NULL, `event_id` varchar(255) NOT NULL, `metadata` text DEFAULT NULL,
        `data` text DEFAULT NULL, `created_at` datetime(6) NOT NULL, `provider_id` bigint(20) DEFAULT NULL, {TENANT}, PRIMARY KEY (`id`),
        UNIQUE KEY `index_event_store_events_on_event_id` (`event_id`(191))""", UTF8MB4),
    "audits": (f"""{ID}, `auditable_id` bigint(20) DEFAULT NULL, `auditable_type` varchar(255) DEFAULT NULL, `user_id` bigint(20) DEFAULT NULL, `action` varchar(255) DEFAULT NULL,
        `audited_changes` text DEFAULT NULL, `version` int(11) DEFAULT 0, `created_at` datetime DEFAULT NULL, `remote_address` varchar(255) DEFAULT NULL,
        `request_uuid` binary(16) DEFAULT NULL, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    "log_entries": (f"""{ID}, `provider_id` bigint(20) DEFAULT NULL, `buyer_id` bigint(20) DEFAULT NULL, `level` int(11) DEFAULT 10, `description` varchar(255) DEFAULT NULL,
        {STAMPS}, {TENANT}, PRIMARY KEY (`id`)""", UTF8MB4),
    # Reserved words as column names, and a latin1 table among the others.
    "settings": (f"""{ID}, `account_id` bigint(20) DEFAULT NULL, `key` varchar(64) NOT NULL, `value` text DEFAULT NULL, `default` bit(1) NOT NULL DEFAULT b'0',
        `group` varchar(20) DEFAULT NULL, {TENANT}, PRIMARY KEY (`id`)""", "ENGINE=InnoDB DEFAULT CHARSET=latin1"),
    # Joins without a primary key: equal rows are possible, and their order is nobody's promise.
    "features_plans": ("`plan_id` bigint(20) NOT NULL, `feature_id` bigint(20) NOT NULL, `plan_type` varchar(255) NOT NULL, `tenant_id` bigint(20) DEFAULT NULL, "
                       "KEY `index_features_plans_on_plan_id` (`plan_id`)", UTF8),
    "member_permissions": ("`user_id` bigint(20) DEFAULT NULL, `admin_section` varchar(255) DEFAULT NULL, `service_ids` blob DEFAULT NULL", UTF8MB4),
    "web_hooks": (f"{ID}, `account_id` bigint(20) DEFAULT NULL, `url` varchar(255) DEFAULT NULL, `active` tinyint(1) DEFAULT 0, {STAMPS}, {TENANT}, PRIMARY KEY (`id`)", UTF8MB4),
    "ar_internal_metadata": ("`key` varchar(255) NOT NULL, `value` varchar(255) DEFAULT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`key`)", UTF8MB4),
    "schema_migrations": ("`version` varchar(255) NOT NULL, PRIMARY KEY (`version`)", UTF8),
}

# Tables whose tenant_id a trigger sets from the owner, as `rake multitenant:triggers` makes them.
TENANT_TRIGGERS = {
    "accounts": "IF NEW.`provider` = 0 AND NEW.`provider_account_id` <> master_id THEN SET NEW.`tenant_id` = NEW.`provider_account_id`; END IF;",
    "users": "IF NEW.`account_id` <> master_id THEN SET NEW.`tenant_id` = (SELECT `tenant_id` FROM `accounts` WHERE `id` = NEW.`account_id` AND `tenant_id` <> master_id); END IF;",
    "services": "IF NEW.`account_id` <> master_id THEN SET NEW.`tenant_id` = NEW.`account_id`; END IF;",
    "cinstances": "IF NEW.`plan_id` IS NOT NULL THEN SET NEW.`tenant_id` = (SELECT `tenant_id` FROM `plans` WHERE `id` = NEW.`plan_id`); END IF;",
    "invoices": "IF NEW.`provider_account_id` <> master_id THEN SET NEW.`tenant_id` = NEW.`provider_account_id`; END IF;",
    "line_items": "SET NEW.`tenant_id` = (SELECT `tenant_id` FROM `invoices` WHERE `id` = NEW.`invoice_id`);",
    "cms_templates": "IF NEW.`provider_id` <> master_id THEN SET NEW.`tenant_id` = NEW.`provider_id`; END IF;",
    "application_keys": "SET NEW.`tenant_id` = (SELECT `tenant_id` FROM `cinstances` WHERE `id` = NEW.`application_id`);",
}

ROUTINE = """CREATE PROCEDURE `sp_invoices_friendly_id`(IN invoice_id BIGINT)
BEGIN
  DECLARE prefix_of VARCHAR(255);
  DECLARE provider BIGINT;
  DECLARE next_number INT DEFAULT 0;
  -- "fix" is what an invoice is called until it has its number
  SELECT provider_account_id, DATE_FORMAT(period, '%Y-%m') INTO provider, prefix_of FROM invoices WHERE id = invoice_id AND friendly_id = 'fix';
  IF provider IS NOT NULL THEN
    INSERT INTO invoice_counters (provider_account_id, invoice_prefix, invoice_count, created_at, updated_at)
      VALUES (provider, prefix_of, 1, NOW(), NOW()) ON DUPLICATE KEY UPDATE invoice_count = invoice_count + 1, updated_at = NOW();
    SELECT invoice_count INTO next_number FROM invoice_counters WHERE provider_account_id = provider AND invoice_prefix = prefix_of;
    UPDATE invoices SET friendly_id = CONCAT(prefix_of, '-', LPAD(next_number, 8, '0')) WHERE id = invoice_id;
  END IF;
END"""


def create_tables():
    yield "SET foreign_key_checks = 0;\n"
    for table, (columns, options) in TABLES.items():
        yield f"DROP TABLE IF EXISTS `{table}`;\nCREATE TABLE `{table}` ({columns}) {options};\n"


def create_routines():
    """After the rows: a trigger a row would make loading slow. DELIMITER is a command of the mysql client."""
    yield f"DELIMITER ;;\nDROP PROCEDURE IF EXISTS `sp_invoices_friendly_id`;;\n{ROUTINE};;\n"
    for table, body in TENANT_TRIGGERS.items():
        yield (f"CREATE TRIGGER `{table}_tenant_id` BEFORE INSERT ON `{table}` FOR EACH ROW BEGIN DECLARE master_id BIGINT DEFAULT 1; "
               f"{body} END;;\n")
    yield "DELIMITER ;\n"
