/** Words that may stand before a parenthesis in a statement that reads: keywords, types, and functions without effects. */

const keywords = `all and any array as between by case cube distinct else except exists filter from group grouping having in
  inner intersect is join lateral left like ilike limit materialized not offset on only or order outer over partition
  range recursive right rollup row rows select sets similar some then to union using values when where with within
  cross full natural against match key index force use ignore`;

const types = `bit bpchar char character decimal dec float numeric nchar time timestamp timestamptz interval varbit varchar
  varying binary varbinary datetime signed unsigned double`;

const functions = `abs acos age array_agg array_append array_cat array_length array_lower array_position array_positions
  array_prepend array_remove array_replace array_to_json array_to_string array_upper ascii asin atan atan2 avg bit_and
  bit_length bit_or bool_and bool_or btrim cardinality cast cbrt ceil ceiling char_length character_length chr coalesce
  concat concat_ws convert convert_from convert_to corr cos cot count cume_dist curdate current_database current_schema
  current_setting curtime date date_add date_format date_part date_sub date_trunc datediff day dayname dayofmonth
  dayofweek dayofyear decode degrees dense_rank div elt encode every exp extract field find_in_set first_value floor
  format format_type from_unixtime gcd gen_random_uuid generate_series generate_subscripts get_byte greatest group_concat
  hour if ifnull initcap instr isfinite isnull json_agg json_array json_array_elements json_array_elements_text
  json_array_length json_arrayagg json_build_array json_build_object json_contains json_each json_each_text json_extract
  json_extract_path json_extract_path_text json_length json_object json_object_agg json_object_keys json_objectagg
  json_overlaps json_quote json_search json_table json_to_record json_to_recordset json_type json_typeof json_unquote
  json_valid json_value jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array
  jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object_agg
  jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_set
  jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours justify_interval lag
  last_day last_value lcase lcm lead least length ln localtime localtimestamp locate log log10 log2 lower lpad ltrim
  make_date make_interval make_time make_timestamp make_timestamptz max md5 mid min minute mod mode month monthname now
  nth_value ntile nullif num_nonnulls num_nulls obj_description octet_length overlay percent_rank percentile_cont
  percentile_disc pg_backend_pid pg_get_constraintdef pg_get_expr pg_get_indexdef pg_get_viewdef pg_is_in_recovery
  pg_sleep pg_table_size pg_total_relation_size pg_typeof phraseto_tsquery pi plainto_tsquery position pow power
  quarter quote_ident quote_literal quote_nullable radians random rank regexp_count regexp_instr regexp_like
  regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse
  round row_number row_to_json rpad rtrim second sha1 sha2 sha224 sha256 sha384 sha512 sign similarity sin sleep
  split_part sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp str_to_date strcmp string_agg
  string_to_array string_to_table strpos substr substring substring_index sum tan timestampadd timestampdiff to_ascii
  to_char to_date to_hex to_json to_jsonb to_number to_regclass to_timestamp to_tsquery to_tsvector translate trim
  trunc ts_headline ts_rank ts_rank_cd txid_current_if_assigned ucase unhex unix_timestamp unnest upper utc_timestamp
  uuid_generate_v4 var_pop var_samp variance version websearch_to_tsquery week weekday weekofyear width_bucket
  word_similarity year hex database schema user`;

export const knownWords: ReadonlySet<string> = new Set(
  `${keywords} ${types} ${functions}`.split(/\s+/),
);

/** The first words of PostgreSQL's own types, as a cast may name them. */
export const builtInTypes: ReadonlySet<string> = new Set(
  `bigint bit bool boolean box bpchar bytea char character cidr circle date daterange datemultirange dec decimal double
  float float4 float8 inet int int2 int4 int8 int4range int8range integer interval json jsonb jsonpath line lseg macaddr
  macaddr8 money name nchar numeric numrange oid path pg_lsn point polygon real regclass regnamespace regproc regtype
  smallint text tid time timestamp timestamptz timetz tsquery tsrange tstzrange tsvector uuid varbit varchar xid xml`.split(
    /\s+/,
  ),
);

/** Keywords of PostgreSQL that a text may stand behind. */
export const beforeTexts: ReadonlySet<string> = new Set(
  `all and any as between both by case distinct else escape except from having ilike in intersect is isnull leading like
  limit not notnull offset on or order precision rows select similar symmetric then to trailing union values varying when
  where zone`.split(/\s+/),
);
