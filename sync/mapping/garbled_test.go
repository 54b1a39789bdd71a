package mapping

import "testing"

// TestADamagedNameIsNeverSent: and one that only looks unusual is.
func TestADamagedNameIsNeverSent(t *testing.T) {
	for _, name := range []string{"M\uFFFDller", "MÃ¼ller", "JoÃ£o", "StraÃŸe", "BjÃ¸rn", "JosÃ\u0089", "FranÃ§ois", "GarcÃ\u00ADa", "BenoÃ®t", "JÃ©rÃ´me", "CamÃ´es", "LuÃ\u00ADs", "BrÃ»lÃ©"} {
		if plain(name) == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	for _, name := range []string{"Müller", "JOÃO", "Irmã", "IRMÃ\u00a0ANA", "IRMÃ’S", "João", "Ãna", "SÃ", "李雷", "IRMÃ´S", "«IRMû", "AVELÃ®", "IRMÃ·LUZ", "NGUYỄN VĂN LÃM"} {
		if err := plain(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}
