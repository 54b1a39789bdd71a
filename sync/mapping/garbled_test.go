package mapping

import "testing"

// TestADamagedNameIsNeverSent: and one that only looks unusual is.
func TestADamagedNameIsNeverSent(t *testing.T) {
	for _, name := range []string{"M\uFFFDller", "MÃ¼ller", "JoÃ£o", "StraÃŸe", "BjÃ¸rn", "JosÃ\u0089"} {
		if plain(name) == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	for _, name := range []string{"Müller", "JOÃO", "Irmã", "IRMÃ\u00a0ANA", "IRMÃ’S", "João", "Ãna", "SÃ", "李雷"} {
		if err := plain(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}
