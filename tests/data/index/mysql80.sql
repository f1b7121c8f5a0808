-- MySQL dump 10.13  Distrib 8.0.32, for Linux (x86_64)
--
-- Host: 127.0.0.1    Database: system
-- ------------------------------------------------------
-- Server version	8.0.32

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;
SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';

DROP TABLE IF EXISTS `accounts`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `accounts` (
  `id` bigint NOT NULL AUTO_INCREMENT,
  `org_name` varchar(255) COLLATE utf8mb3_bin DEFAULT '',
  `secret` varbinary(64) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=77 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_bin COMMENT='AUTO_INCREMENT=1';
LOCK TABLES `accounts` WRITE;
/*!40000 ALTER TABLE `accounts` DISABLE KEYS */;
INSERT INTO `accounts` (`id`, `org_name`, `secret`) VALUES (3,'NULL',NULL),(1,'O\'Brien; \\ "x" \n	\0\Z',_binary '\0ÿ\'');
INSERT INTO `accounts` (`id`, `org_name`, `secret`) VALUES (2,NULL,_binary '');
/*!40000 ALTER TABLE `accounts` ENABLE KEYS */;
UNLOCK TABLES;
ANALYZE TABLE `accounts` UPDATE HISTOGRAM ON `id` WITH 4 BUCKETS;
-- Dump completed on 2024-03-04  5:06:07
