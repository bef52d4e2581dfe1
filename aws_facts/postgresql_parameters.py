"""Aurora PostgreSQL's parameters: which exist, in which kind of parameter group, and which need a reboot.

Sources, read 2026-11-21: Aurora user guide, "Amazon Aurora PostgreSQL parameters" (names and levels, which AWS lists for
version 14 only; which ones cannot be changed); PostgreSQL's release notes of 15, 16 and 17 (names that came and went) and
`pg_settings.context` of each (`postmaster` means a reboot). Where a parameter of Aurora's own is not documented it counts
as static, which is right in any case: AWS takes `pending-reboot` for dynamic parameters, but refuses `immediate` for static
ones (RDS user guide, "Parameter groups for Amazon RDS").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_facts.aurora import MAX_CONNECTIONS_DEFAULT, family, major


@dataclass(frozen=True)
class Parameter:
    """A parameter. `cluster` and `instance` say which kinds of parameter group have it; a reboot applies a static one."""

    name: str
    cluster: bool
    instance: bool
    static: bool
    modifiable: bool

    @property
    def apply_method(self) -> str:
        """What the RDS API calls `ApplyMethod`."""
        return "pending-reboot" if self.static else "immediate"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLUSTER_ONLY = _names(
    """
    ansi_constraint_trigger_ordering ansi_force_foreign_key_checks ansi_qualified_update_set_target apg_ccm_enabled
    array_nulls autovacuum autovacuum_analyze_scale_factor autovacuum_analyze_threshold autovacuum_freeze_max_age
    autovacuum_max_workers autovacuum_multixact_freeze_max_age autovacuum_naptime autovacuum_vacuum_cost_delay
    autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_scale_factor autovacuum_vacuum_insert_threshold
    autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold autovacuum_work_mem babelfishpg_tds.default_server_name
    babelfishpg_tds.port babelfishpg_tds.tds_default_numeric_precision babelfishpg_tds.tds_default_numeric_scale
    babelfishpg_tds.tds_default_packet_size babelfishpg_tds.tds_default_protocol_version babelfishpg_tds.tds_ssl_encrypt
    babelfishpg_tds.tds_ssl_max_protocol_version babelfishpg_tds.tds_ssl_min_protocol_version
    babelfishpg_tsql.default_locale babelfishpg_tsql.migration_mode babelfishpg_tsql.server_collation_name
    babelfishpg_tsql.version backslash_quote backtrace_functions client_encoding compute_query_id data_directory
    datestyle default_tablespace default_toast_compression extra_float_digits huge_pages intervalstyle lc_monetary
    lc_numeric lc_time log_autovacuum_min_duration log_transaction_sample_rate max_logical_replication_workers
    max_prepared_transactions max_replication_slots max_sync_workers_per_subscription max_wal_senders
    orafce.nls_date_format orafce.timezone password_encryption pg_prewarm.autoprewarm pg_prewarm.autoprewarm_interval
    plan_cache_mode port rdkit.dice_threshold rdkit.do_chiral_sss rdkit.tanimoto_threshold
    rds.accepted_password_auth_method rds.adaptive_autovacuum rds.babelfish_status rds.enable_plan_management
    rds.extensions rds.force_autovacuum_logging_level rds.force_ssl rds.global_db_rpo rds.logical_replication
    rds.logically_replicate_unlogged_tables rds.restrict_password_commands recovery_init_sync_method ssl ssl_ciphers
    ssl_max_protocol_version ssl_min_protocol_version synchronous_commit timezone track_commit_timestamp
    track_wal_io_timing vacuum_cost_delay vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit
    vacuum_cost_page_miss vacuum_defer_cleanup_age vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age
    vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age vacuum_multixact_freeze_table_age wal_buffers
    wal_receiver_create_temp_slot wal_receiver_timeout wal_sender_timeout
    """
)

EITHER = _names(
    """
    apg_enable_batch_mode_function_execution apg_enable_correlated_any_transform apg_enable_function_migration
    apg_enable_not_in_transform apg_enable_remove_redundant_inner_joins apg_enable_semijoin_push_down
    apg_plan_mgmt.capture_plan_baselines apg_plan_mgmt.max_databases apg_plan_mgmt.max_plans
    apg_plan_mgmt.plan_retention_period apg_plan_mgmt.unapproved_plan_execution_threshold
    apg_plan_mgmt.use_plan_baselines application_name authentication_timeout auto_explain.log_analyze
    auto_explain.log_buffers auto_explain.log_format auto_explain.log_min_duration auto_explain.log_nested_statements
    auto_explain.log_timing auto_explain.log_triggers auto_explain.log_verbose auto_explain.sample_rate
    babelfishpg_tds.listen_addresses babelfishpg_tds.tds_debug_log_level backend_flush_after bytea_output
    check_function_bodies client_connection_check_interval client_min_messages config_file constraint_exclusion
    cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost cron.database_name cron.log_run cron.log_statement
    cron.max_running_jobs cron.use_background_workers cursor_tuple_fraction db_user_namespace deadlock_timeout
    debug_pretty_print debug_print_parse debug_print_plan debug_print_rewritten default_statistics_target
    default_transaction_deferrable default_transaction_isolation default_transaction_read_only effective_cache_size
    effective_io_concurrency enable_async_append enable_bitmapscan enable_gathermerge enable_hashagg enable_hashjoin
    enable_incremental_sort enable_indexonlyscan enable_indexscan enable_material enable_memoize enable_mergejoin
    enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning enable_partitionwise_aggregate
    enable_partitionwise_join enable_seqscan enable_sort enable_tidscan escape_string_warning exit_on_error
    force_parallel_mode from_collapse_limit geqo geqo_effort geqo_generations geqo_pool_size geqo_seed
    geqo_selection_bias geqo_threshold gin_fuzzy_search_limit gin_pending_list_limit hash_mem_multiplier hba_file
    hot_standby_feedback ident_file idle_in_transaction_session_timeout idle_session_timeout join_collapse_limit
    lc_messages listen_addresses lo_compat_privileges log_connections log_destination log_directory log_disconnections
    log_duration log_error_verbosity log_executor_stats log_file_mode log_filename log_hostname log_line_prefix
    log_lock_waits log_min_duration_sample log_min_duration_statement log_min_error_statement log_min_messages
    log_parameter_max_length log_parameter_max_length_on_error log_parser_stats log_planner_stats
    log_replication_commands log_rotation_age log_rotation_size log_statement log_statement_sample_rate
    log_statement_stats log_temp_files log_timezone log_truncate_on_rotation logging_collector logical_decoding_work_mem
    maintenance_io_concurrency maintenance_work_mem max_connections max_files_per_process max_locks_per_transaction
    max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather max_pred_locks_per_page
    max_pred_locks_per_relation max_pred_locks_per_transaction max_slot_wal_keep_size max_stack_depth
    max_standby_streaming_delay max_worker_processes min_dynamic_shared_memory min_parallel_index_scan_size
    min_parallel_table_scan_size old_snapshot_threshold parallel_leader_participation parallel_setup_cost
    parallel_tuple_cost pg_bigm.enable_recheck pg_bigm.gin_key_limit pg_bigm.last_update pg_bigm.similarity_limit
    pg_hint_plan.debug_print pg_hint_plan.enable_hint pg_hint_plan.enable_hint_table pg_hint_plan.message_level
    pg_hint_plan.parse_messages pg_similarity.block_is_normalized pg_similarity.block_threshold
    pg_similarity.block_tokenizer pg_similarity.cosine_is_normalized pg_similarity.cosine_threshold
    pg_similarity.cosine_tokenizer pg_similarity.dice_is_normalized pg_similarity.dice_threshold
    pg_similarity.dice_tokenizer pg_similarity.euclidean_is_normalized pg_similarity.euclidean_threshold
    pg_similarity.euclidean_tokenizer pg_similarity.hamming_is_normalized pg_similarity.hamming_threshold
    pg_similarity.jaccard_is_normalized pg_similarity.jaccard_threshold pg_similarity.jaccard_tokenizer
    pg_similarity.jaro_is_normalized pg_similarity.jaro_threshold pg_similarity.jarowinkler_is_normalized
    pg_similarity.jarowinkler_threshold pg_similarity.levenshtein_is_normalized pg_similarity.levenshtein_threshold
    pg_similarity.matching_is_normalized pg_similarity.matching_threshold pg_similarity.matching_tokenizer
    pg_similarity.mongeelkan_is_normalized pg_similarity.mongeelkan_threshold pg_similarity.mongeelkan_tokenizer
    pg_similarity.nw_gap_penalty pg_similarity.nw_is_normalized pg_similarity.nw_threshold
    pg_similarity.overlap_is_normalized pg_similarity.overlap_threshold pg_similarity.overlap_tokenizer
    pg_similarity.qgram_is_normalized pg_similarity.qgram_threshold pg_similarity.qgram_tokenizer
    pg_similarity.sw_is_normalized pg_similarity.sw_threshold pg_similarity.swg_is_normalized
    pg_similarity.swg_threshold pg_stat_statements.max pg_stat_statements.save pg_stat_statements.track
    pg_stat_statements.track_planning pg_stat_statements.track_utility pgaudit.log pgaudit.log_catalog pgaudit.log_level
    pgaudit.log_parameter pgaudit.log_relation pgaudit.log_statement_once pgaudit.role pglogical.batch_inserts
    pglogical.conflict_log_level pglogical.conflict_resolution pglogical.extra_connection_options
    pglogical.synchronous_commit pglogical.use_spi postgis.gdal_enabled_drivers quote_all_identifiers random_page_cost
    rds.force_admin_logging_level rds.log_retention_period rds.pg_stat_ramdisk_size
    rds.rds_superuser_reserved_connections rds.superuser_variables remove_temp_files_after_crash restart_after_crash
    row_security search_path seq_page_cost session_replication_role shared_buffers shared_preload_libraries ssl_ca_file
    ssl_cert_file ssl_crl_dir ssl_key_file standard_conforming_strings statement_timeout stats_temp_directory
    superuser_reserved_connections synchronize_seqscans tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval
    temp_buffers temp_file_limit temp_tablespaces track_activities track_activity_query_size track_counts
    track_functions track_io_timing transform_null_equals update_process_title wal_receiver_status_interval work_mem
    xmlbinary xmloption
    """
)

INSTANCE_ONLY = _names("rds.memory_allocation_guard")

UNLISTED = _names("lock_timeout rds.allowed_delegated_extensions rds.allowed_extensions")
"""On no list of AWS's; counted here as in clusters and instances alike.

The `rds` ones have pages of their own. `lock_timeout` is PostgreSQL's, but AWS says to set it in the session (Aurora user
guide, "Lock:Relation"), and a comment on PostgreSQL's manual of 2024 says that Aurora's groups do not have it; public stacks
set it there all the same. It was not tried on AWS.
"""

ADDED: Mapping[int, frozenset[str]] = {
    15: _names("log_startup_progress_interval recovery_prefetch stats_fetch_consistency"),
    16: _names(
        """
        debug_parallel_query enable_presorted_aggregate icu_validation_level max_parallel_apply_workers_per_subscription
        reserved_connections scram_iterations vacuum_buffer_usage_limit
        """
    ),
    17: _names(
        """
        commit_timestamp_buffers enable_group_by_reordering event_triggers io_combine_limit max_notify_queue_pages
        multixact_member_buffers multixact_offset_buffers notify_buffers restrict_nonsystem_relation_kind
        serializable_buffers subtransaction_buffers sync_replication_slots synchronized_standby_slots transaction_buffers
        transaction_timeout
        """
    ),
}
"""What PostgreSQL added, by major version. Which of these Aurora offers is not published."""

REMOVED: Mapping[int, frozenset[str]] = {
    15: _names("stats_temp_directory"),
    16: _names("force_parallel_mode vacuum_defer_cleanup_age"),
    17: _names("db_user_namespace old_snapshot_threshold"),
}

STATIC = _names(
    """
    apg_plan_mgmt.max_databases apg_plan_mgmt.max_plans autovacuum_freeze_max_age autovacuum_max_workers
    autovacuum_multixact_freeze_max_age babelfishpg_tds.listen_addresses babelfishpg_tds.port commit_timestamp_buffers
    config_file cron.database_name cron.log_run cron.log_statement cron.max_running_jobs cron.use_background_workers
    data_directory hba_file huge_pages ident_file listen_addresses logging_collector max_connections
    max_files_per_process max_locks_per_transaction max_logical_replication_workers max_notify_queue_pages
    max_pred_locks_per_transaction max_prepared_transactions max_replication_slots max_wal_senders max_worker_processes
    min_dynamic_shared_memory multixact_member_buffers multixact_offset_buffers notify_buffers old_snapshot_threshold
    pg_prewarm.autoprewarm pg_stat_statements.max pglogical.batch_inserts pglogical.use_spi port rds.babelfish_status
    rds.enable_plan_management rds.logical_replication rds.logically_replicate_unlogged_tables rds.pg_stat_ramdisk_size
    rds.rds_superuser_reserved_connections rds.restrict_password_commands reserved_connections serializable_buffers
    shared_buffers shared_preload_libraries subtransaction_buffers superuser_reserved_connections
    track_activity_query_size track_commit_timestamp transaction_buffers wal_buffers
    """
)

FIXED = _names(
    """
    config_file data_directory db_user_namespace exit_on_error hba_file huge_pages ident_file listen_addresses
    lo_compat_privileges log_directory log_file_mode log_timezone log_truncate_on_rotation logging_collector port
    rds.extensions rds.superuser_variables restart_after_crash ssl ssl_ca_file ssl_cert_file ssl_crl_dir ssl_key_file
    stats_temp_directory superuser_reserved_connections
    """
)
"""AWS keeps these to itself: they are listed, and a change is refused."""

DEFAULTS: Mapping[str, str] = {
    "idle_in_transaction_session_timeout": "86400000",
    "lock_timeout": "0",
    "log_min_duration_statement": "-1",
    "max_connections": MAX_CONNECTIONS_DEFAULT,
    "rds.logical_replication": "0",
    "shared_preload_libraries": "pg_stat_statements",
    "statement_timeout": "0",
}
"""Of those that the stack or a rule looks at; timeouts in milliseconds, 0 for none."""


def default(name: str, version: str) -> str | None:
    """The value that holds where no parameter group says one; None when it is not recorded here.

    From 17 on TLS is required unless said otherwise (Aurora user guide, "Securing Aurora PostgreSQL data with SSL/TLS").
    """
    if name == "rds.force_ssl":
        return "1" if major(version) >= 17 else "0"
    return DEFAULTS.get(name)


def _of_major(number: int) -> Mapping[str, Parameter]:
    later = range(15, number + 1)
    names = (CLUSTER_ONLY | EITHER | INSTANCE_ONLY | UNLISTED).union(*(ADDED[version] for version in later))
    return {
        name: Parameter(
            name,
            cluster=name not in INSTANCE_ONLY,
            instance=name not in CLUSTER_ONLY,
            static=name in STATIC,
            modifiable=name not in FIXED,
        )
        for name in sorted(names.difference(*(REMOVED[version] for version in later)))
    }


PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    family(str(number)): _of_major(number) for number in range(14, 18)
}
"""By parameter group family, then by name."""
