#!/usr/bin/env bash
# The autoscale plugin for DevStack. It does what doc/source/install/service.rst
# tells a person to do, with DevStack's own functions.

function install_autoscale {
    setup_develop "$AUTOSCALE_DIR"
}

function configure_autoscale {
    sudo install -d -o "$STACK_USER" -m 750 "$AUTOSCALE_CONF_DIR"
    rm -f "$AUTOSCALE_CONF"

    iniset_rpc_backend autoscale "$AUTOSCALE_CONF"
    iniset "$AUTOSCALE_CONF" DEFAULT debug "$ENABLE_DEBUG_LOG_LEVEL"
    iniset "$AUTOSCALE_CONF" database connection \
        "$(database_connection_url autoscale)"
    iniset "$AUTOSCALE_CONF" api public_url "$(autoscale_url)"
    iniset "$AUTOSCALE_CONF" engine workers "$AUTOSCALE_ENGINE_WORKERS"
    iniset "$AUTOSCALE_CONF" credentials key_file "$AUTOSCALE_KEYS"
    # Applications of a DevStack run on its own networks.
    iniset "$AUTOSCALE_CONF" hooks allow_private_targets True
    iniset "$AUTOSCALE_CONF" hooks allow_http True

    configure_keystone_authtoken_middleware "$AUTOSCALE_CONF" autoscale
    configure_keystone_authtoken_middleware "$AUTOSCALE_CONF" autoscale \
        service_auth

    write_uwsgi_config "$AUTOSCALE_UWSGI_CONF" "$AUTOSCALE_UWSGI" \
        /autoscaling "" autoscale
    # The secrets of webhooks are in URLs.
    iniset "$AUTOSCALE_UWSGI_CONF" uwsgi disable-logging true
}

function autoscale_url {
    echo "$SERVICE_PROTOCOL://$SERVICE_HOST/autoscaling"
}

function create_autoscale_accounts {
    create_service_user autoscale
    get_or_create_service autoscale autoscaling 'Clusters of servers'
    get_or_create_endpoint autoscaling "$REGION_NAME" "$(autoscale_url)"
}

function init_autoscale {
    local manage
    manage="$(get_python_exec_prefix)/autoscale-manage"

    recreate_database autoscale
    "$manage" --config-file "$AUTOSCALE_CONF" db sync
    if [[ ! -e $AUTOSCALE_KEYS ]]; then
        "$manage" --config-file "$AUTOSCALE_CONF" credential generate-key
    fi
}

function start_autoscale {
    local bin_dir
    bin_dir=$(get_python_exec_prefix)

    run_process autoscale-engine \
        "$bin_dir/autoscale-engine --config-file $AUTOSCALE_CONF"
    run_process autoscale-api \
        "$bin_dir/uwsgi --procname-prefix autoscale-api --ini $AUTOSCALE_UWSGI_CONF"
}

function stop_autoscale {
    stop_process autoscale-api
    stop_process autoscale-engine
}

function cleanup_autoscale {
    remove_uwsgi_config "$AUTOSCALE_UWSGI_CONF" "$AUTOSCALE_UWSGI"
    sudo rm -rf "$AUTOSCALE_CONF_DIR"
}

case "$1/${2:-}" in
    stack/install)
        install_autoscale
        ;;
    stack/post-config)
        configure_autoscale
        create_autoscale_accounts
        init_autoscale
        ;;
    stack/extra)
        start_autoscale
        ;;
    unstack/*)
        stop_autoscale
        ;;
    clean/*)
        cleanup_autoscale
        ;;
esac
