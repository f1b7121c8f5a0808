-- Every kind of thing that a dump of system-mysql can hold, and values that are hard to write down.
SET sql_mode = '';
CREATE TABLE accounts (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(255) DEFAULT NULL COMMENT 'AUTO_INCREMENT=5; -- Dump completed',
  balance DECIMAL(12,4) NOT NULL DEFAULT 0,
  ratio DOUBLE DEFAULT NULL,
  created_at DATETIME(6) DEFAULT NULL,
  flags BIT(8) DEFAULT b'0',
  kind ENUM('a','b''c') DEFAULT 'a',
  digest BINARY(16) DEFAULT NULL,
  photo LONGBLOB DEFAULT NULL,
  notes TEXT,
  extra JSON DEFAULT NULL,
  KEY by_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO accounts (name, balance, ratio, created_at, flags, kind, digest, photo, notes, extra) VALUES
 ('plain', 12.5, 0.1, '2020-02-29 12:34:56.789012', b'10101010', 'a', UNHEX('00112233445566778899AABBCCDDEEFF'), UNHEX('00FF27225C0A0D1A'), 'a', '{"a": [1, 2]}'),
 ('O''Brien', -1.25, -1e300, NULL, NULL, 'b''c', NULL, '', '', NULL),
 (CONCAT('tab', CHAR(9), 'newline', CHAR(10), 'return', CHAR(13), 'zero', CHAR(0), 'sub', CHAR(26), 'back\\slash "double" `tick`'), 0, NULL, NULL, b'1', 'a', NULL, NULL, NULL, NULL),
 ('NULL', 0, 0, NULL, NULL, 'a', NULL, REPEAT('x', 5000), 'text; -- Dump completed on 2020-01-01\n-- Dump completed\n', NULL),
 ('(1,2),(3);', 7, 1e-10, NULL, NULL, 'a', NULL, NULL, CONCAT('emoji ', _utf8mb4 0xF09F9880, ' /* not a comment */ # neither'), '"\\u0000"');
CREATE TABLE empty_table (a INT, b INT) ENGINE=InnoDB;
CREATE TABLE log_entries (message VARCHAR(64), n INT) ENGINE=InnoDB;
INSERT INTO log_entries VALUES ('twice', 1), ('twice', 1), ('once', 2);
CREATE TABLE `odd ``name``` (`a b` INT, `values` VARCHAR(10), total INT GENERATED ALWAYS AS (`a b` * 2) STORED) ENGINE=InnoDB;
INSERT INTO `odd ``name``` (`a b`, `values`) VALUES (1, 'x'), (2, NULL);
CREATE TABLE cinstances (id INT PRIMARY KEY, account_id BIGINT UNSIGNED, FOREIGN KEY (account_id) REFERENCES accounts (id)) ENGINE=InnoDB;
INSERT INTO cinstances SELECT seq, 1 + seq % 5 FROM seq_1_to_3000;
CREATE TABLE schema_migrations (version VARCHAR(255) NOT NULL PRIMARY KEY) ENGINE=InnoDB;
INSERT INTO schema_migrations VALUES ('20200101000000'), ('20200202000000');
CREATE VIEW rich_accounts AS SELECT id, name FROM accounts WHERE balance > 10 AND name <> ';''';
CREATE SEQUENCE invoice_numbers START WITH 100 INCREMENT BY 5;
SELECT NEXTVAL(invoice_numbers);
DELIMITER ;;
CREATE TRIGGER accounts_ai AFTER INSERT ON accounts FOR EACH ROW
BEGIN
  -- it's a comment with an apostrophe
  INSERT INTO log_entries VALUES (CONCAT('new; ', NEW.name), NEW.id); # another; one
  /* and ; a ' third */
END;;
SET sql_mode = 'NO_BACKSLASH_ESCAPES';;
CREATE PROCEDURE sp_invoices_friendly_id(IN invoice_id BIGINT)
BEGIN
  DECLARE path VARCHAR(20) DEFAULT 'C:\';
  SELECT invoice_id, path;
END;;
SET sql_mode = '';;
CREATE FUNCTION double_it(n INT) RETURNS INT DETERMINISTIC RETURN n * 2;;
CREATE EVENT clean_up ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 00:00:00' DO DELETE FROM log_entries WHERE n > 100;;
DELIMITER ;
