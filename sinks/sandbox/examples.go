package sandbox

import "fmt"

// examples are the requests by which a user is created in each target, to be pasted into a shell.
func (s *Sandbox) examples(base string) string {
	c, j, e := s.clarus.Options(), s.jitsudo.Options(), s.ece.Options()
	return fmt.Sprintf(`# clarus: a token, and a user
TOKEN=$(curl -s %[1]s/oauth/token -d grant_type=client_credentials -d client_id=%[2]s -d client_secret=%[3]s | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s %[1]s/api/users -H "Authorization: Bearer $TOKEN" -H 'X-Clarus-Subdomain: %[4]s' -H 'Content-Type: application/json' \
  -d '{"data":{"type":"users","attributes":{"email":"ann@example.com","name":"Ann","role_id":1}}}'

# jitsudo: a user
curl -s %[1]s/v1/users -H 'X-API-Key: %[5]s' -H 'X-Tenant-ID: %[6]s' -H 'Content-Type: application/json' \
  -d '{"email":"ann@example.com","name":"Ann","roles":["user"],"password":"correct-horse"}'

# ece: a user
curl -s %[1]s/api/v1/users -H 'Authorization: ApiKey %[7]s' -H 'Content-Type: application/json' \
  -d '{"user_name":"ann","security":{"roles":["ece_platform_viewer"],"enabled":true,"password":"correct-horse"}}'
`, base, c.ClientID, c.ClientSecret, c.Subdomain, j.APIKey, j.TenantID, e.APIKey)
}
