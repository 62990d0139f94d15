// Writes the modules of this folder with libtorch 1.13.1 (Debian 12's libtorch-dev); run it in the folder:
//   g++ -std=c++17 make_modules.cpp -I/usr/include/torch/csrc/api/include -ltorch -ltorch_cpu -lc10 -o /tmp/make_modules && /tmp/make_modules
//
// Token id i stands for the row i % 16 of a table whose element [r, c] is sin(1 + 4 r + c).
//   tokens.pt     forward(ids, mask) -> ({"states": [documents, tokens, 4]},): one vector a token, in a dictionary in a tuple
//   documents.pt  forward(ids) -> [documents, 4]: the sum over the tokens
#include <torch/script.h>

#include <cmath>

namespace {

torch::jit::Module module_with(const std::string& forward) {
  auto table = torch::empty({16, 4});
  for (int i = 0; i < 64; i++) {
    table.data_ptr<float>()[i] = std::sin(1.0f + static_cast<float>(i));
  }
  torch::jit::Module module("embedder");
  module.register_parameter("table", table, false);
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define(forward);
  return module;
}

}  // namespace

int main() {
  module_with(R"(
def forward(self, ids: Tensor, mask: Tensor):
    return ({"states": torch.embedding(self.table, ids % 16)},)
)").save("tokens.pt");
  module_with(R"(
def forward(self, ids: Tensor) -> Tensor:
    return torch.embedding(self.table, ids % 16).sum(1)
)").save("documents.pt");
}
