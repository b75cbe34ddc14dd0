"""W5 of PyTorch: one sequence of 10 steps, I = H = 128."""

import torch

torch.set_num_threads(1)
with torch.no_grad():
    y, _ = torch.nn.LSTM(128, 128)(torch.full((10, 1, 128), 0.5))
print(float(y[-1, 0, -1]))
