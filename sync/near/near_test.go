package near

import "testing"

func TestTheNameThatWasMeant(t *testing.T) {
	known := []string{"delimiter", "encoding", "role_id", "email", "is_active"}
	for word, want := range map[string]string{"delimeter": "delimiter", "emial": "email", "Role-ID": "role_id", "isactive": "is_active",
		"wholly_else": "", "": "", "enc": ""} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got, want := Suggest("emial", known), `; did you mean "email"?`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
