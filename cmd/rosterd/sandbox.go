package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rosterd/rosterd/sinks/sandbox"
)

func newSandbox(a *app) *cobra.Command {
	var listen, faults string
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the sandbox target: strict, in memory, with faults on request",
		Long: `Serves the APIs of the targets from memory until it is interrupted, to try configurations on. It is strict: it refuses unknown
attributes, wrong types, duplicates and missing headers. What it holds and what it was sent can be seen at /_sandbox/.

Faults are JSON, here or by POST to /_sandbox/faults; probabilities are from 0 to 1:
  latency_min, latency_max, throttle, throttle_every, rate_limit, rate_burst, retry_after, retry_after_date, server_error, error_after, unavailable, html,
  cut_before, cut_after, expire_tokens, writes_only, seed`,
		Example: `  rosterd sandbox
  rosterd sandbox --listen 127.0.0.1:9000 --faults '{"latency_min": "20ms", "latency_max": "80ms", "cut_after": 0.01}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sandbox(cmd.Context(), listen, faults) },
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8687", "address and port")
	cmd.Flags().StringVar(&faults, "faults", "{}", "what goes wrong, as JSON")
	return cmd
}

func (a *app) sandbox(ctx context.Context, listen, faults string) error {
	var o sandbox.Options
	strict := json.NewDecoder(strings.NewReader(faults))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&o.Faults); err != nil {
		return fmt.Errorf("--faults: %w", err)
	}
	box, err := sandbox.New(o)
	if err != nil {
		return err
	}
	address, stop, err := serve(listen, box)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(a.stdout, `sandbox on http://%[1]s; see what it holds at http://%[1]s/_sandbox/

sinks:
  wms:
    clarus:
      base_url: http://%[1]s
      subdomain: acme
      auth: {token_url: http://%[1]s/oauth/token, client_id: rosterd, client_secret: sandbox-secret}
    rate: 50/s
  access:
    jitsudo:
      base_url: http://%[1]s
      tenant_id: 2489E9AD-2EE2-8E00-8EC9-32D5F69181C0
      auth: {api_key: sandbox-key}
    rate: 50/s
  elastic:
    ece:
      base_url: http://%[1]s/api/v1
      auth: {api_key: sandbox-key}
    rate: 50/s

end it with Ctrl-C
`, address)
	<-ctx.Done()
	return nil
}
